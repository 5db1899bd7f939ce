#!/usr/bin/env escript
%%! +S 1:1 +A 1
%% Trees of OTP's own supervisors, and what is done to them: one tree a line comes in, as a term `{Tree, Failures, Script}.`, and a JSON list of its
%% steps goes out, the start first and the stop last. Of each: what was answered, what began ("+") and ended ("-reason") in which order, and who lives then.
%%
%% One scheduler: what is sent first comes first. A step is over when all supervisors have answered and nobody has anything left to do.
-mode(compile).
-export([main/1, init/1, start_dynamic/2, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

main(_) ->
    process_flag(trap_exit, true),
    logger:set_primary_config(level, none),
    ets:new(pids, [public, named_table]),
    ets:new(failures, [public, named_table]),
    register(collector, spawn(fun() -> collect([]) end)),
    io:setopts([{encoding, latin1}]),
    serve().

serve() ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            {ok, Tokens, _} = erl_scan:string(Line),
            {ok, {Tree, Failures, Script}} = erl_parse:parse_term(Tokens),
            io:put_chars([json(run(Tree, Failures, Script)), $\n]),
            serve()
    end.

run(Tree, Failures, Script) ->
    ets:delete_all_objects(pids),
    ets:delete_all_objects(failures),
    ets:insert(failures, Failures),
    {Begun, Root} = case supervisor:start_link(?MODULE, Tree) of
        {ok, Pid} -> {<<"done">>, Pid};
        {error, _} -> {<<"UNAVAILABLE">>, none}
    end,
    First = told(Begun),
    Steps = [told(perform(Step)) || Step <- Script, Root =/= none],
    Last = case Root =/= none andalso is_process_alive(Root) of
        true -> exit(Root, shutdown), [told(ended(Root))];
        false -> []
    end,
    [First | Steps] ++ Last.

ended(Pid) ->
    Monitor = monitor(process, Pid),
    receive {'DOWN', Monitor, process, Pid, _} -> <<"done">> end.

told(Outcome) ->
    settle(none, 0),
    Lives = lists:sort([Id || {Id, Pid, _} <- ets:tab2list(pids), is_process_alive(Pid)]),
    [Outcome, heard(), Lives].

%% -- what is done -----------------------------------------------------------------------------------------------

perform({fail, Id, Times}) ->
    ets:insert(failures, {Id, Times}),
    <<"done">>;
perform({kill, Id}) -> with(Id, fun(Pid) -> exit(Pid, kill), <<"done">> end);
perform({'end', Id, Reason}) -> with(Id, fun(Pid) -> sys:terminate(Pid, Reason), <<"done">> end);
perform({start, Id, Child}) -> with(Id, fun(Pid) -> outcome(supervisor:start_child(Pid, spec(Child))) end);
%% Two of one name could not be told apart.
perform({start_dynamic, Id, Name}) ->
    with(Id, fun(Pid) ->
        case lives(Name) of
            true -> <<"lives">>;
            false -> outcome(supervisor:start_child(Pid, [Name]))
        end
    end);
perform({terminate, Id, Child}) -> with(Id, fun(Pid) -> outcome(supervisor:terminate_child(Pid, Child)) end);
%% Of one that has ended OTP says "ok", and Elixir, as this runtime, "not_found".
perform({terminate_dynamic, Id, Name}) ->
    with(Id, fun(Pid) -> with(Name, fun(Child) -> outcome(supervisor:terminate_child(Pid, Child)) end) end);
perform({restart, Id, Child}) -> with(Id, fun(Pid) -> outcome(supervisor:restart_child(Pid, Child)) end);
perform({delete, Id, Child}) -> with(Id, fun(Pid) -> outcome(supervisor:delete_child(Pid, Child)) end);
perform({which, Id}) ->
    with(Id, fun(Pid) ->
        List = [[Child, case Who of undefined -> " stopped"; restarting -> " restarting"; _ -> " running with a pid" end]
                || {Child, Who, _, _} <- lists:reverse(supervisor:which_children(Pid))],
        iolist_to_binary(lists:join(", ", List))
    end);
perform({count, Id}) ->
    with(Id, fun(Pid) ->
        Counts = supervisor:count_children(Pid),
        Of = fun(Key) -> integer_to_list(proplists:get_value(Key, Counts)) end,
        iolist_to_binary([Of(specs), " specs, ", Of(active), " active, ", Of(supervisors), " supervisors, ", Of(workers), " workers"])
    end).

lives(Id) ->
    case ets:lookup(pids, Id) of
        [{_, Pid, _}] -> is_process_alive(Pid);
        [] -> false
    end.

%% Of who lives.
with(Id, Do) ->
    case lives(Id) of
        true ->
            [{_, Pid, _}] = ets:lookup(pids, Id),
            try Do(Pid) catch exit:_ -> <<"UNAVAILABLE">> end;
        false -> <<"nobody">>
    end.

%% In our words.
outcome(ok) -> <<"done">>;
outcome({ok, _}) -> <<"done">>;
outcome({error, not_found}) -> <<"NOT_FOUND">>;
outcome({error, Why}) when Why =:= running; Why =:= restarting -> <<"CONFLICT">>;
outcome({error, already_present}) -> <<"ALREADY_EXISTS">>;
outcome({error, {already_started, _}}) -> <<"ALREADY_EXISTS">>;
outcome({error, _}) -> <<"UNAVAILABLE">>.

%% -- when all is at rest ----------------------------------------------------------------------------------------

settle(_, 3) -> ok;
settle(Before, Times) ->
    All = [Entry || {_, Pid, _} = Entry <- ets:tab2list(pids), is_process_alive(Pid)],
    [catch supervisor:count_children(Pid) || {_, Pid, supervisor} <- All],
    erlang:yield(),
    collector ! {count, self()},
    {Heard, Watched} = receive {count, Number, Open} -> {Number, Open} end,
    Idle = [Pid || {_, Pid, _} <- All, process_info(Pid, [status, message_queue_len]) =:= [{status, waiting}, {message_queue_len, 0}]],
    Now = {Heard, All},
    %% Of one that is about to be gone nobody has heard yet.
    case length(Idle) =:= length(All) andalso Watched =:= length(All) andalso Now =:= Before of
        true -> settle(Now, Times + 1);
        false -> settle(Now, 0)
    end.

%% -- what is heard of all ---------------------------------------------------------------------------------------

collect(Lines) ->
    receive
        {Pid, {born, Id, Kind}} ->
            put(Pid, {monitor(process, Pid), Id}),
            ets:insert(pids, {Id, Pid, Kind}),
            Pid ! {collector, ok},
            collect(case Kind of worker -> [<<Id/binary, " +">> | Lines]; supervisor -> Lines end);
        {Pid, fails} ->
            {Monitor, Id} = erase(Pid),
            demonitor(Monitor, [flush]),
            Pid ! {collector, ok},
            collect([<<Id/binary, " -error">> | Lines]);
        {'DOWN', _, process, Pid, Reason} ->
            {_, Id} = erase(Pid),
            Word = word(Reason),
            collect([<<Id/binary, " -", Word/binary>> | Lines]);
        {count, From} ->
            From ! {count, length(Lines), length(get())},
            collect(Lines);
        {take, From} ->
            From ! {taken, lists:reverse(Lines)},
            collect([])
    end.

heard() ->
    collector ! {take, self()},
    receive {taken, Lines} -> Lines end.

tell(What) ->
    collector ! {self(), What},
    receive {collector, ok} -> ok end.

word(normal) -> <<"normal">>;
word(killed) -> <<"killed">>;
word(shutdown) -> <<"shutdown">>;
%% Here a supervisor that cannot start its children ends with their error.
word({shutdown, {failed_to_start_child, _, _}}) -> <<"error">>;
word({shutdown, _}) -> <<"shutdown">>;
word(_) -> <<"error">>.

%% -- supervisors and workers ------------------------------------------------------------------------------------

spec({worker, Id, Restart, Shutdown, Significant, _} = Worker) ->
    #{id => Id, restart => Restart, shutdown => Shutdown, significant => Significant, type => worker,
      start => {gen_server, start_link, [?MODULE, Worker, []]}};
spec({_, Id, Restart, Shutdown, Significant, _, _, _, _, _} = Supervisor) ->
    #{id => Id, restart => Restart, shutdown => Shutdown, significant => Significant, type => supervisor,
      start => {supervisor, start_link, [?MODULE, Supervisor]}}.

start_dynamic({worker, _, Restart, Shutdown, Significant, Stuck}, Name) ->
    gen_server:start_link(?MODULE, {worker, Name, Restart, Shutdown, Significant, Stuck}, []).

init({worker, Id, _, _, _, Stuck}) ->
    process_flag(trap_exit, true),
    tell({born, Id, worker}),
    case ets:lookup(failures, Id) of
        [{_, Times}] when Times > 0 ->
            ets:insert(failures, {Id, Times - 1}),
            %% Before OTP 26 its supervisor goes on before it has ended: it has as soon as it says so.
            tell(fails),
            {stop, fails_to_start};
        _ -> {ok, Stuck}
    end;
init({supervisor, Id, _, _, _, Strategy, AutoShutdown, Intensity, Period, Children}) ->
    tell({born, Id, supervisor}),
    Flags = #{strategy => Strategy, auto_shutdown => AutoShutdown, intensity => Intensity, period => Period},
    {ok, {Flags, [spec(Child) || Child <- Children]}};
init({dynamic, Id, _, _, _, _, _, Intensity, Period, [Each]}) ->
    tell({born, Id, supervisor}),
    Flags = #{strategy => simple_one_for_one, intensity => Intensity, period => Period},
    {ok, {Flags, [(spec(Each))#{start => {?MODULE, start_dynamic, [Each]}}]}}.

handle_call(_, _, Stuck) -> {reply, ok, Stuck}.
handle_cast(_, Stuck) -> {noreply, Stuck}.
handle_info(_, Stuck) -> {noreply, Stuck}.

terminate(_, true) -> receive never -> ok end;
terminate(_, false) -> ok.

%% -- JSON -------------------------------------------------------------------------------------------------------

json(Text) when is_binary(Text) -> [$", Text, $"];
json(List) -> [$[, lists:join($,, [json(Item) || Item <- List]), $]].
