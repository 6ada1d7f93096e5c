// Bytes between a file and its reader: read block by block, consumed as far as the reader comes, in a buffer that grows where one record does not fit.
using System.Buffers;

namespace Cti.Host.Sources;

/// <summary>The bytes of one text that its reader has not consumed yet.</summary>
/// <param name="blockBytes">How large the buffer is at first.</param>
internal sealed class UnreadBytes(int blockBytes) : IDisposable
{
    private int _capacity;
    private int _end;

    /// <summary>The buffer; <see cref="Count"/> bytes from <see cref="Begin"/> on are unread.</summary>
    public byte[] Block { get; private set; } = [];

    public int Begin { get; private set; }

    public int Count => _end - Begin;

    /// <summary>Whether the text has nothing more to read.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>What ended the text early; what was read before it is delivered first.</summary>
    public SourceException? Failure { get; private set; }

    /// <summary>The reader has used the first of the unread bytes.</summary>
    public void Consume(int count) => Begin += count;

    /// <summary>
    /// Moves what was not consumed to the front and reads until the block is full or the text ends. A full block that nothing was consumed of
    /// grows, to <paramref name="mostBytes"/> at most.
    /// </summary>
    public void Fill(TextContent text, int mostBytes)
    {
        if (_capacity - Count < TextContent.MinTarget)
        {
            Grow(mostBytes);
        }
        else if (Begin > 0)
        {
            Block.AsSpan(Begin, Count).CopyTo(Block);
            _end -= Begin;
            Begin = 0;
        }
        try
        {
            while (_capacity - _end >= TextContent.MinTarget && !AtEnd)
            {
                var count = text.Read(Block.AsSpan(_end, _capacity - _end));
                _end += count;
                AtEnd = count == 0;
            }
        }
        catch (SourceException error)
        {
            Failure = error;
            AtEnd = true;
        }
    }

    /// <summary>Another text follows.</summary>
    public void GoOn() => AtEnd = false;

    /// <summary>Forgets all, to read from the beginning; keeps the buffer.</summary>
    public void Clear()
    {
        Begin = _end = 0;
        AtEnd = false;
        Failure = null;
    }

    /// <summary>Gives the buffer back; there is nothing more to read.</summary>
    public void Dispose()
    {
        if (Block.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Block);
            Block = [];
        }
        Begin = _end = 0;
        AtEnd = true;
    }

    private void Grow(int mostBytes)
    {
        _capacity = _capacity == 0 ? blockBytes : Math.Max(_capacity, Math.Min(_capacity * 2, mostBytes));
        var larger = ArrayPool<byte>.Shared.Rent(_capacity);
        Block.AsSpan(Begin, Count).CopyTo(larger);
        if (Block.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Block);
        }
        Block = larger;
        _end -= Begin;
        Begin = 0;
    }
}
