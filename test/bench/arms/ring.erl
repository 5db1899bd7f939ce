%% A ring of processes that hand a token on until it has gone its way; every hop is counted by whom it reaches.
-module(ring).
-export([main/1]).

main(Arguments) ->
    [Size | Sampling] = [list_to_integer(A) || A <- Arguments],
    Self = self(),
    Members = [First | Rest] = [spawn_link(fun() -> member(Self) end) || _ <- lists:seq(1, Size)],
    lists:foreach(fun({Member, Neighbour}) -> Member ! {meet, Neighbour} end, lists:zip(Members, Rest ++ [First])),
    sampling:run("ns a hop", Sampling, fun(Operations) -> go_round(Members, Operations) end).

go_round(Members, Operations) ->
    hd(Members) ! Operations,
    receive arrived -> ok end,
    _ = [Member ! report || Member <- Members],
    lists:sum([receive {hops, Hops} -> Hops end || _ <- Members]).

member(Owner) ->
    receive {meet, Neighbour} -> member(Owner, Neighbour, 0) end.

member(Owner, Neighbour, Hops) ->
    receive
        1 -> Owner ! arrived, member(Owner, Neighbour, Hops + 1);
        Left when is_integer(Left) -> Neighbour ! Left - 1, member(Owner, Neighbour, Hops + 1);
        report -> Owner ! {hops, Hops}, member(Owner, Neighbour, 0)
    end.
