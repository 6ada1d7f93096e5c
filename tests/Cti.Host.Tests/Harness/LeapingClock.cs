// A clock for tests: every wait is over at once, and the time it would have taken has passed. Waits of an hour and more never end: limits that
// a test is not about.

namespace Cti.Host.Tests.Harness;

internal sealed class LeapingClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _leaps = [];
    private DateTimeOffset _now = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What was waited for, in order.</summary>
    public IReadOnlyList<TimeSpan> Leaps
    {
        get
        {
            lock (_gate)
            {
                return [.. _leaps];
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Leap(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Leap(LeapingClock clock, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _isOver;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.Zero && dueTime < TimeSpan.FromHours(1))
            {
                ThreadPool.QueueUserWorkItem(_ => Fire(dueTime));
            }

            return true;
        }

        public void Dispose() => _isOver = true;

        public ValueTask DisposeAsync()
        {
            _isOver = true;
            return ValueTask.CompletedTask;
        }

        private void Fire(TimeSpan due)
        {
            if (_isOver)
            {
                return;
            }

            lock (clock._gate)
            {
                clock._now += due;
                clock._leaps.Add(due);
            }

            callback(state);
        }
    }
}
