// One run of a command: when it may be stopped, by whom, and what a stopped run throws.
// Knows: cancellation, timeout, DuckDB's interrupt. Must not know: statements or values.

namespace Cti.DuckDb;

/// <summary>
/// Lives from before the first statement until the command is done or its reader closed. A stop that comes between
/// two native calls is not lost: it is seen before the next one.
/// </summary>
internal sealed class Execution : IDisposable
{
    private readonly DuckDbConnection _connection;
    private readonly CancellationToken _token;
    private readonly CancellationTokenRegistration _registration;
    private readonly Timer? _timer;
    private readonly int _timeoutSeconds;
    private readonly Lock _gate = new();
    private bool _over;
    private volatile bool _stopped;
    private volatile bool _timedOut;

    public Execution(DuckDbConnection connection, int timeoutSeconds, CancellationToken token)
    {
        _connection = connection;
        _token = token;
        _timeoutSeconds = timeoutSeconds;
        if (timeoutSeconds > 0)
        {
            _timer = new Timer(
                static run => ((Execution)run!).TimeOut(),
                this,
                timeoutSeconds * 1000L,
                Timeout.Infinite
            );
        }
        _registration = token.UnsafeRegister(static run => ((Execution)run!).Stop(), this);
    }

    /// <summary>Stops the run, from any thread; nothing happens once it is over.</summary>
    public void Stop()
    {
        // Under the lock, so that a late stop cannot hit the next command of the connection.
        lock (_gate)
        {
            if (!_over)
            {
                _stopped = true;
                _connection.Interrupt();
            }
        }
    }

    /// <exception cref="OperationCanceledException">The run's token stopped it.</exception>
    /// <exception cref="DuckDbException">Interrupt: Cancel or the timeout stopped it.</exception>
    public void ThrowIfStopped()
    {
        if (_stopped)
        {
            throw Failure(new DuckDbException("INTERRUPT Error: Interrupted!", DuckDbErrorType.Interrupt));
        }
    }

    /// <summary>What to throw for an error of DuckDB, given who stopped the run.</summary>
    public Exception Failure(DuckDbException error)
    {
        if (!_stopped || error.ErrorType != DuckDbErrorType.Interrupt)
        {
            return error;
        }
        if (_timedOut)
        {
            return new DuckDbException(
                $"The command took longer than its timeout of {_timeoutSeconds} s.",
                DuckDbErrorType.Interrupt
            );
        }
        return _token.IsCancellationRequested
            ? new OperationCanceledException("The command was cancelled.", error, _token)
            : error;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _over = true;
        }
        _registration.Unregister();
        _timer?.Dispose();
    }

    private void TimeOut()
    {
        _timedOut = true;
        Stop();
    }
}
