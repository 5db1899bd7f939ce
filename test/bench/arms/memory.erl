%% What idle gen_servers take: by process_info, and in all that the system has allocated; never messaged, and after one cast each.
-module(memory).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main(Arguments) ->
    [Processes] = [list_to_integer(A) || A <- Arguments],
    %% Where it is no part of the servers' state.
    persistent_term:put(?MODULE, counters:new(1, [])),
    Others = erlang:system_info(process_count),
    Before = total(0),
    Pids = [start_server() || _ <- lists:seq(1, Processes)],
    NeverMessaged = total(Processes) - Before,
    Alive = erlang:system_info(process_count) - Others,
    {memory, NeverMessagedEach} = process_info(hd(Pids), memory),
    _ = [gen_server:cast(Pid, {add, 1}) || Pid <- Pids],
    wait(Processes),
    AfterOne = total(Processes) - Before,
    {memory, AfterOneEach} = process_info(hd(Pids), memory),
    sampling:report(2 * Processes, Alive + handled(),
                    [{"bytes, never messaged", [NeverMessaged / Processes]},
                     {"bytes, after one message", [AfterOne / Processes]},
                     {"bytes by process_info, never messaged", [NeverMessagedEach]},
                     {"bytes by process_info, after one message", [AfterOneEach]}]).

start_server() ->
    {ok, Pid} = gen_server:start(?MODULE, 0, []),
    Pid.

%% What the system has allocated, less the list of that many pids.
total(Pids) ->
    erlang:garbage_collect(),
    erlang:memory(total) - Pids * 2 * erlang:system_info(wordsize).

handled() ->
    counters:get(persistent_term:get(?MODULE), 1).

wait(Count) ->
    case handled() of
        Count -> ok;
        _ -> timer:sleep(1), wait(Count)
    end.

init(Count) ->
    {ok, Count}.

handle_call(count, _From, Count) ->
    {reply, Count, Count}.

handle_cast({add, By}, Count) ->
    counters:add(persistent_term:get(?MODULE), 1, By),
    {noreply, Count + By}.
