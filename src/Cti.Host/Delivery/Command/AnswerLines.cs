// A program's standard output, line by line and bounded.

namespace Cti.Host.Delivery.Command;

/// <summary>One per process; used by one task.</summary>
internal sealed class AnswerLines(Stream output)
{
    // A verdict and a reason.
    private const int Longest = 4096;
    private readonly byte[] _buffer = new byte[Longest + 1];
    private int _start;
    private int _end;
    private Task<int>? _reading;

    /// <summary>Whether something was said that nobody has read yet.</summary>
    public bool HasMore => _end > _start || _reading is { IsCompletedSuccessfully: true, Result: > 0 };

    /// <summary>Listens while nothing is asked, so that <see cref="HasMore"/> tells of what comes unasked.</summary>
    public void Listen() =>
        _reading ??= _end < _buffer.Length ? output.ReadAsync(_buffer.AsMemory(_end)).AsTask() : null;

    /// <summary>The next line without its line end, valid until the next call; null at the end, and for a line that is not finished there.</summary>
    /// <exception cref="InvalidDataException">It is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                return line;
            }

            // While a read is under way its target must not move.
            if (_start > 0 && _reading is null)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            if (_end == _buffer.Length && _reading is null)
            {
                throw new InvalidDataException($"answers with a line of more than {Longest} bytes");
            }

            // A read of a pipe cannot be cancelled: the token ends the wait, the kill ends the read.
            Listen();
            var count = await _reading!.WaitAsync(stop);
            _reading = null;
            if (count == 0)
            {
                return null;
            }

            _end += count;
        }
    }
}
