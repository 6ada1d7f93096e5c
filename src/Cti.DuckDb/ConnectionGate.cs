// Who uses a connection at the moment: nobody, one native call, or an open reader between its calls.
// Knows: three states and the lawful moves. Must not know: what a call does.

namespace Cti.DuckDb;

/// <summary>
/// DuckDB's connections bear one user at a time. A second one is refused at once, and never disturbs the first: an open
/// reader holds the connection until it is closed, since running anything else would cut its result off.
/// </summary>
internal sealed class ConnectionGate
{
    private const int Free = 0;
    private const int Calling = 1;
    private const int Reading = 2;

    private int _state;

    /// <summary>Whether a reader holds the connection.</summary>
    public bool IsReading => Volatile.Read(ref _state) == Reading;

    /// <summary>Takes a free connection for one call; dispose the lease to give it back.</summary>
    /// <exception cref="InvalidOperationException">It is in use.</exception>
    public Lease Enter() => Move(Free, Calling);

    /// <summary>Takes the connection for one call of the reader that holds it.</summary>
    /// <exception cref="InvalidOperationException">Another thread is calling.</exception>
    public Lease EnterReading() => Move(Reading, Calling);

    private Lease Move(int from, int to) =>
        Interlocked.CompareExchange(ref _state, to, from) switch
        {
            var was when was == from => new Lease(this, from),
            Reading => throw new InvalidOperationException(
                "A reader is open on this connection. Dispose it first, or use another: DuplicateConnection()."
            ),
            _ => throw new InvalidOperationException(
                "Another thread is using this connection. Give each thread its own: DuplicateConnection()."
            ),
        };

    /// <summary>One call's hold on the connection.</summary>
    internal ref struct Lease(ConnectionGate gate, int before)
    {
        private int _after = before;

        /// <summary>The call has opened a reader, which holds the connection from now on.</summary>
        public void LeaveToReader() => _after = Reading;

        /// <summary>The call ends the reader.</summary>
        public void LeaveFree() => _after = Free;

        public readonly void Dispose() => Volatile.Write(ref gate._state, _after);
    }
}
