%% Skynet: a process starts ten, each of them ten, and so on; the last ones send their numbers up, the others the sum of what they
%% got. What the first one gets is the sum of all numbers, or it counts for nothing.
-module(skynet).
-export([main/1]).

-define(WIDTH, 10).

main(Arguments) ->
    sampling:run("ns a leaf", [list_to_integer(A) || A <- Arguments], fun skynet/1).

skynet(Size) ->
    Owner = self(),
    spawn_link(fun() -> start(self(), 0, Size, 1), Owner ! {sum, sum(0, 1)} end),
    RightSum = Size * (Size - 1) div 2,
    receive
        {sum, RightSum} -> Size;
        {sum, _Wrong} -> 0
    end.

node(Parent, First, 1) ->
    Parent ! First;
node(Parent, First, Size) ->
    Self = self(),
    Each = Size div ?WIDTH,
    start(Self, First, Each, ?WIDTH),
    Parent ! sum(0, ?WIDTH).

start(_Self, _First, _Each, 0) ->
    ok;
start(Self, First, Each, Left) ->
    spawn(fun() -> node(Self, First, Each) end),
    start(Self, First + Each, Each, Left - 1).

sum(Sum, 0) ->
    Sum;
sum(Sum, Left) ->
    receive Number -> sum(Sum + Number, Left - 1) end.
