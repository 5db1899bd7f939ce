%% Two processes, or two gen_servers, that hit one number to and fro; the one that began counts what comes back right.
-module(ping_pong).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main([Kind | Arguments]) ->
    Sampling = [list_to_integer(A) || A <- Arguments],
    Begin = case Kind of
                "process" -> fun(Rounds, Over) -> spawn_link(fun() -> ping(Rounds, Over) end) end;
                "gen_server" -> fun(Rounds, Over) -> gen_server:start_link(?MODULE, {ping, Rounds, Over}, []) end
            end,
    sampling:run("ns a round trip", Sampling, fun(Rounds) -> play(Begin, Rounds) end).

play(Begin, Rounds) ->
    Self = self(),
    Begin(Rounds, Self),
    receive {over, Right} -> Right end.

%% -- processes --

ping(Rounds, Over) ->
    Self = self(),
    Partner = spawn_link(fun() -> pong(Self) end),
    Over ! {over, ping(Partner, 0, Rounds, 0)}.

ping(_Partner, Rounds, Rounds, Right) ->
    Right;
ping(Partner, Number, Rounds, Right) ->
    Partner ! Number,
    receive
        Number -> ping(Partner, Number + 1, Rounds, Right + 1);
        _Other -> ping(Partner, Number + 1, Rounds, Right)
    end.

pong(Pinger) ->
    receive
        Number -> Pinger ! Number, pong(Pinger)
    end.

%% -- gen_servers --

init({ping, Rounds, Over}) ->
    {ok, Partner} = gen_server:start_link(?MODULE, {pong, self()}, []),
    gen_server:cast(Partner, {hit, 0}),
    {ok, {Partner, 0, Rounds, 0, Over}};
init({pong, Pinger}) ->
    {ok, Pinger}.

handle_call(_Request, _From, State) ->
    {reply, ok, State}.

handle_cast({hit, Number}, {Partner, Next, Rounds, Right, Over}) ->
    Counted = case Number of Next -> Right + 1; _Other -> Right end,
    case Next + 1 of
        Rounds ->
            Over ! {over, Counted},
            {stop, normal, done};
        After ->
            gen_server:cast(Partner, {hit, After}),
            {noreply, {Partner, After, Rounds, Counted, Over}}
    end;
handle_cast({hit, Number}, Pinger) ->
    gen_server:cast(Pinger, {hit, Number}),
    {noreply, Pinger}.
