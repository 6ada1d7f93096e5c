// The end of what a program says on standard error, for the message about its failure. Bounded, and fit to be printed.

using System.Text;

namespace Cti.Host.Programs;

internal sealed class LastWords
{
    private const int Kept = 2048;
    private const int Lines = 5;
    private readonly Lock _guard = new();
    private readonly byte[] _bytes = new byte[Kept];
    private int _count;
    private bool _cut;

    /// <summary>Reads to the end; a pipe that breaks is an end too.</summary>
    public async Task ListenAsync(Stream stderr)
    {
        var buffer = new byte[Kept];
        try
        {
            while (await stderr.ReadAsync(buffer) is var count and > 0)
            {
                Keep(buffer.AsSpan(0, count));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return;
        }
    }

    /// <summary>` It said: "…"`, or nothing.</summary>
    public string Quoted
    {
        get
        {
            string text;
            lock (_guard)
            {
                text = Encoding.UTF8.GetString(_bytes, 0, _count);
                // Half a line could begin with half a secret, which nobody would recognise.
                text = _cut
                    ? text[(text.IndexOf('\n', StringComparison.Ordinal) + 1 is var at and > 0 ? at : text.Length)..]
                    : text;
            }

            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var last = string.Join(" ⏎ ", lines.TakeLast(Lines));
            var visible = string.Concat(last.Select(character => char.IsControl(character) ? '·' : character));
            return visible.Length == 0 ? "" : $" It said: {visible}";
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        lock (_guard)
        {
            var over = Math.Max(0, _count + bytes.Length - Kept);
            _cut |= over > 0;
            _bytes.AsSpan(over, _count - over).CopyTo(_bytes);
            _count -= over;
            bytes.CopyTo(_bytes.AsSpan(_count));
            _count += bytes.Length;
        }
    }
}
