%% Warm up, then measure several times, as test/bench/sample.ts does; prints the report that test/bench/report.ts describes.
-module(sampling).
-export([run/3, report/3]).

%% Work(Operations) gives how many it has seen completed. The figure is nanoseconds for each.
run(Figure, [Operations, Warmups, Samples], Work) ->
    _ = [Work(Operations) || _ <- lists:seq(1, Warmups)],
    Results = [timed(Work, Operations) || _ <- lists:seq(1, Samples)],
    Completed = lists:sum([Done || {Done, _} <- Results]),
    report(Operations * Samples, Completed, [{Figure, [Elapsed / max(Done, 1) || {Done, Elapsed} <- Results]}]).

timed(Work, Operations) ->
    StartedAt = erlang:monotonic_time(nanosecond),
    Done = Work(Operations),
    {Done, erlang:monotonic_time(nanosecond) - StartedAt}.

report(Expected, Completed, Figures) ->
    Fields = [io_lib:format("\"~s\":[~s]", [Name, lists:join(",", [io_lib:format("~.2f", [float(Value)]) || Value <- Values])])
              || {Name, Values} <- Figures],
    io:format("{\"expected\":~b,\"completed\":~b,\"figures\":{~s}}~n", [Expected, Completed, lists:join(",", Fields)]),
    halt().
