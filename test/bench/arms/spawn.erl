%% Processes that return at once, or gen_servers that are told to exit; they have ended when the system has as many processes
%% as before.
-module(spawn).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

%% Started before it is waited for all of them to end.
-define(AT_ONCE, 1000).

main([Kind | Arguments]) ->
    Sampling = [list_to_integer(A) || A <- Arguments],
    Start = case Kind of
                "process" -> fun() -> spawn(fun() -> ok end) end;
                "gen_server" -> fun start_server/0
            end,
    sampling:run("ns a process", Sampling, fun(Operations) -> start_and_end(Start, Operations) end).

start_and_end(Start, Operations) ->
    Before = erlang:system_info(process_count),
    batches(Start, Operations, Before),
    Operations - (erlang:system_info(process_count) - Before).

batches(_Start, 0, _Before) ->
    ok;
batches(Start, Left, Before) ->
    Count = min(Left, ?AT_ONCE),
    start(Start, Count),
    wait(Before),
    batches(Start, Left - Count, Before).

start(_Start, 0) ->
    ok;
start(Start, Left) ->
    Start(),
    start(Start, Left - 1).

wait(Before) ->
    case erlang:system_info(process_count) of
        Before -> ok;
        _ -> erlang:yield(), wait(Before)
    end.

start_server() ->
    {ok, Pid} = gen_server:start(?MODULE, 0, []),
    exit(Pid, shutdown).

init(Count) ->
    {ok, Count}.

handle_call(count, _From, Count) ->
    {reply, Count, Count}.

handle_cast(_Message, Count) ->
    {noreply, Count}.
