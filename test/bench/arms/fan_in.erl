%% Many processes that each send a burst to one receiver when they are told to, and are told again when it has them all. The receiver
%% counts.
-module(fan_in).
-export([main/1]).

main(Arguments) ->
    [Senders, Burst | Sampling] = [list_to_integer(A) || A <- Arguments],
    Self = self(),
    Receiver = spawn_link(fun() -> receiver(Self, 0, Senders * Burst) end),
    Pids = [spawn_link(fun() -> sender(Receiver, Burst) end) || _ <- lists:seq(1, Senders)],
    sampling:run("ns a message", Sampling, fun(Operations) -> send_all(Pids, Operations, Senders * Burst, 0) end).

send_all(_Pids, 0, _AtOnce, Received) ->
    Received;
send_all(Pids, Left, AtOnce, Received) ->
    _ = [Pid ! go || Pid <- Pids],
    receive {received, Count} -> send_all(Pids, Left - AtOnce, AtOnce, Received + Count) end.

receiver(Owner, AtOnce, AtOnce) ->
    Owner ! {received, AtOnce},
    receiver(Owner, 0, AtOnce);
receiver(Owner, Received, AtOnce) ->
    receive Number when is_integer(Number) -> receiver(Owner, Received + 1, AtOnce) end.

sender(Receiver, Burst) ->
    receive go -> send(Receiver, 0, Burst) end,
    sender(Receiver, Burst).

send(_Receiver, Burst, Burst) ->
    ok;
send(Receiver, Number, Burst) ->
    Receiver ! Number,
    send(Receiver, Number + 1, Burst).
