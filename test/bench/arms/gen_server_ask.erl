%% gen_server:call to a process that holds a map with a session of ten fields, by a number of callers,
%% each waiting for its reply before it asks again. The default deadline of 5 s, as ours.
-module(gen_server_ask).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

-define(KEY, <<"user:0">>).

main(Arguments) ->
    [Callers | Sampling] = [list_to_integer(A) || A <- Arguments],
    {ok, Server} = gen_server:start_link(?MODULE, #{?KEY => session(0)}, []),
    sampling:run("ns an ask", Sampling, fun(Operations) -> ask_all(Server, Callers, Operations) end).

ask_all(Server, Callers, Operations) ->
    Self = self(),
    Pids = [spawn_link(fun() -> Self ! {self(), ask(Server, share(Operations, Callers, Caller), 0)} end)
            || Caller <- lists:seq(0, Callers - 1)],
    lists:sum([receive {Pid, Right} -> Right end || Pid <- Pids]).

share(Operations, Callers, Caller) ->
    Operations * (Caller + 1) div Callers - Operations * Caller div Callers.

ask(_Server, 0, Right) ->
    Right;
ask(Server, Left, Right) ->
    case gen_server:call(Server, {get, ?KEY}) of
        #{user_id := 0} -> ask(Server, Left - 1, Right + 1);
        _ -> ask(Server, Left - 1, Right)
    end.

init(Map) ->
    {ok, Map}.

handle_call({get, Key}, _From, Map) ->
    {reply, maps:get(Key, Map, undefined), Map}.

handle_cast(_Message, Map) ->
    {noreply, Map}.

session(UserId) ->
    #{id => <<"c3b1f0de-0">>,
      user_id => UserId,
      name => <<"Alice Example">>,
      email => <<"alice@example.com">>,
      role => <<"member">>,
      created_at => 1790000000000,
      last_seen_at => 1790000360000,
      address => <<"203.0.113.7">>,
      is_verified => true,
      theme => <<"dark">>}.
