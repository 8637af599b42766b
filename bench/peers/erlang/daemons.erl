%% A daemon is a process of Erlang. Its events are binaries of 64 bytes, which are copied with the message.
-module(daemons).
-export([main/1]).

-define(CASES, [single, spread, pipeline, ask, lives, memory, restart]).

main([Case, Much]) ->
    try
        run(list_to_atom(Case), Much =:= "quick"),
        halt(0)
    catch
        _:Why ->
            io:format(standard_error, "~0p~n", [Why]),
            halt(1)
    end.

run(cases, _) -> [io:format("~s~n", [Case]) || Case <- ?CASES];
run(single, Quick) -> single(amount(Quick, 4000000, 20000));
run(spread, Quick) -> spread(amount(Quick, 2000, 20));
run(pipeline, Quick) -> pipeline(amount(Quick, 2000000, 20000));
run(ask, Quick) -> ask(amount(Quick, 300000, 2000));
run(lives, Quick) -> lives(amount(Quick, 200000, 200));
run(memory, Quick) -> memory(amount(Quick, 100000, 1000));
run(restart, Quick) -> restart(amount(Quick, 500, 10)).

amount(true, _, Few) -> Few;
amount(false, Full, _) -> Full.

report(Figure, Value) -> io:format("~s ~.3f~n", [Figure, Value * 1.0]).

now_ns() -> erlang:monotonic_time(nanosecond).

%% Millions of N in a second.
rate(Figure, N, Began) -> report(Figure, N * 1.0e3 / (now_ns() - Began)).

%% Microseconds that each of N has taken.
each(Figure, N, Began) -> report(Figure, (now_ns() - Began) / 1.0e3 / N).

percentile(Figure, Took, Share) ->
    report(Figure, lists:nth(trunc((length(Took) - 1) * Share) + 1, lists:sort(Took)) / 1.0e3).

event(Number) -> <<Number:64/native, 0:448>>.

%% ---- Daemons ----

%% off_heap is what Erlang's manual advises for processes with many messages.
start() -> start(none).
start(Next) -> spawn_opt(fun() -> daemon(0, 0, Next) end, [{message_queue_data, off_heap}]).

daemon(Events, Sum, Next) ->
    receive
        {event, <<Number:64/native, _/binary>> = Event} ->
            Next =:= none orelse (Next ! {event, Event}),
            daemon(Events + 1, Sum + Number, Next);
        {ask, From, Event} ->
            From ! {answer, self(), Event},
            daemon(Events, Sum, Next);
        {total, From} ->
            From ! {total, self(), Events, Sum},
            daemon(Events, Sum, Next);
        {stop, From} ->
            From ! {stopped, self()}
    end.

send(Daemon, Number) -> Daemon ! {event, event(Number)}.

%% Waits until a daemon has processed what was sent before, and checks that these were the events 0 to N-1.
total(Daemon) ->
    Daemon ! {total, self()},
    receive {total, Daemon, Events, Sum} -> {Events, Sum} end.

check({Events, Sum}, N) when Events =:= N, Sum =:= N * (N - 1) div 2 -> ok;
check({Events, Sum}, N) -> error({sent, N, processed, Events, sum, Sum}).

stop(Daemon) ->
    Daemon ! {stop, self()},
    receive {stopped, Daemon} -> ok end.

%% ---- Cases ----

repeat(N, N, _) -> ok;
repeat(I, N, Do) -> Do(I), repeat(I + 1, N, Do).

single(N) ->
    Daemon = start(),
    Began = now_ns(),
    repeat(0, N, fun(I) -> send(Daemon, I) end),
    Total = total(Daemon),
    rate("single", N, Began),
    check(Total, N).

spread(Rounds) ->
    Daemons = [start() || _ <- lists:seq(1, 1000)],
    Began = now_ns(),
    repeat(0, Rounds, fun(I) -> [send(Daemon, I) || Daemon <- Daemons] end),
    Totals = [total(Daemon) || Daemon <- Daemons],
    rate("spread", Rounds * 1000, Began),
    [check(Total, Rounds) || Total <- Totals].

pipeline(N) ->
    Last = start(),
    Middle = start(Last),
    First = start(Middle),
    Began = now_ns(),
    repeat(0, N, fun(I) -> send(First, I) end),
    Totals = [total(First), total(Middle), total(Last)],
    rate("pipeline", N, Began),
    [check(Total, N) || Total <- Totals].

ask(N) ->
    Daemon = start(),
    Took = [begin
                Event = event(I),
                Began = now_ns(),
                Daemon ! {ask, self(), Event},
                receive {answer, Daemon, Event} -> now_ns() - Began end
            end || I <- lists:seq(1, N)],
    percentile("ask_p50", Took, 0.5),
    percentile("ask_p99", Took, 0.99).

lives(N) ->
    Began = now_ns(),
    repeat(0, N, fun(_) -> stop(start()) end),
    each("life", N, Began),
    Again = now_ns(),
    repeat(0, N, fun(_) ->
        Daemon = start(),
        send(Daemon, 0),
        check(total(Daemon), 1),
        stop(Daemon)
    end),
    each("life_event", N, Again).

resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:split(Text, " ", all),
    binary_to_integer(Pages) * 4096.

memory(N) ->
    Before = resident(),
    Daemons = [start() || _ <- lists:seq(1, N)],
    report("idle", (resident() - Before) / N),
    [send(Daemon, 0) || Daemon <- Daemons],
    [check(total(Daemon), 1) || Daemon <- Daemons],
    report("idle_event", (resident() - Before) / N).

%% A supervisor replaces each daemon that fails by another, which gets the next event.
restart(N) ->
    logger:set_primary_config(level, none),
    Self = self(),
    percentile("restart", [restart_one(Self) || _ <- lists:seq(1, N)], 0.5).

restart_one(Self) ->
    spawn(fun() ->
        process_flag(trap_exit, true),
        spawn_link(fun() -> fails(Self) end) ! {event, event(0)},
        receive {'EXIT', _, _} -> ok end,
        spawn_link(fun() -> works(Self) end) ! {event, event(1)},
        receive {'EXIT', _, _} -> ok end
    end),
    Failed = receive {failed, At} -> At end,
    receive {resumed, Then} -> Then - Failed end.

fails(Self) ->
    receive {event, _} ->
        Self ! {failed, now_ns()},
        error(the_first_event_fails)
    end.

works(Self) ->
    receive {event, _} -> Self ! {resumed, now_ns()} end.
