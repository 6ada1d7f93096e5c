// Texts that few rows of a chunk have, gathered for one column: most chunks have none and cost nothing.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per column; used chunk after chunk.</summary>
internal sealed class TextCells
{
    private readonly int[] _starts = new int[DuckDbAppender.ChunkSize];
    private readonly int[] _lengths = new int[DuckDbAppender.ChunkSize];
    private readonly Utf8Writer _text = new(16);

    public TextCells() => Clear();

    /// <summary>Gives a row of the chunk its text; an empty one is none.</summary>
    public void Set(int row, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        _starts[row] = _text.Length;
        _lengths[row] = text.Length;
        _text.Bytes(text);
    }

    /// <summary>Writes the column; NULL where a row has no text. The texts must stay until the chunk is appended.</summary>
    public void Write(DuckDbColumnWriter column)
    {
        if (_text.Length == 0)
        {
            column.WriteNulls();
            return;
        }

        column.WriteStrings(_text.WrittenMemory, _starts.AsSpan(0, column.Count), _lengths.AsSpan(0, column.Count));
    }

    public void Clear()
    {
        Array.Fill(_lengths, DuckDbColumnWriter.NullLength);
        _text.Clear();
    }
}
