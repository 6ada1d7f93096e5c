// What a command that a service runs may ask its client, and how it hears that nobody listens any more.

using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Cti.Host.Serve;

/// <summary>One per client.</summary>
/// <param name="stream">The connection.</param>
/// <param name="sending">Held while a frame is sent.</param>
/// <param name="gone">Cancelled when the client has gone, or says what it was not asked.</param>
internal sealed class ClientDialog(NetworkStream stream, Lock sending, CancellationTokenSource gone)
{
    // Somebody who thinks is waited for; a terminal that was left open is not.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Channel<bool> _answers = Channel.CreateBounded<bool>(1);
    private int _open;

    /// <summary>Listens until the client has gone.</summary>
    public async Task ListenAsync()
    {
        try
        {
            while (
                await Frame.ReadAsync(stream, gone.Token) is { Kind: FrameKind.Answer, Content: [var answer] }
                && Interlocked.Exchange(ref _open, 0) == 1
                && _answers.Writer.TryWrite(answer == 1)
            ) { }

            await CancelAsync();
        }
        catch (Exception error)
            when (error is IOException or InvalidDataException or OperationCanceledException or ObjectDisposedException)
        {
            await CancelAsync();
        }
    }

    /// <summary>Asks the client, and waits; false where no answer comes in ten minutes.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public bool Ask(string question)
    {
        Interlocked.Exchange(ref _open, 1);
        lock (sending)
        {
            Frame.Write(stream, FrameKind.Question, Encoding.UTF8.GetBytes(question));
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(gone.Token);
        waiting.CancelAfter(Patience);
        try
        {
            return _answers.Reader.ReadAsync(waiting.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task CancelAsync()
    {
        try
        {
            await gone.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The command had ended already.
        }
    }
}
