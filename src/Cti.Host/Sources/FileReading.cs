// One pass over one file: blocks of bytes go to the reader, batches come out, and the cursor follows.
using System.IO.Hashing;
using System.Text.Json;
using Cti.Core;

namespace Cti.Host.Sources;

/// <summary>An open file of a <see cref="FileSource"/>, whose remarks hold the contract.</summary>
public sealed class FileReading : IDisposable
{
    private readonly string _path;
    private readonly FileReadOptions _options;
    private readonly ReaderSpec _format;
    private TextContent _text;
    private Reader _reader;
    private XxHash128 _hash = new();

    // What was read from the file and not consumed by the reader yet.
    private readonly UnreadBytes _unread;

    // The text being read: a file is one, an archive has several. Counted are unpacked bytes in UTF-8, of all texts.
    private long _passed;
    private long _textBegin;
    private bool _isFirstText = true;
    private string _uri;
    private string[] _headerNames = [];
    private string _header = "";

    internal FileReading(string path, FileReadOptions options, ReaderSpec format, FileCursor? cursor)
    {
        _path = path;
        Name = options.Name ?? path;
        _options = options;
        _format = format;
        _unread = new UnreadBytes(options.BlockBytes);
        _text = new TextContent(path, options);
        _uri = TextUri();
        _reader = ReaderSpecModule.reader(_format, ReaderStartModule.beginning);
        try
        {
            if (cursor is not null && _text.File.CanSeek)
            {
                Start = Resume(cursor);
            }
            CursorAfterLastBatch = Start == FileStart.Unchanged ? cursor! : Cursor();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// What the cursor calls the file, and positions do: its path as it was given, unless the options give a name; in an archive <c>name!entry</c>.
    /// </summary>
    public string Name { get; }

    /// <summary>
    /// Where this reading began. With a cursor: a plain file that was read to its end and has neither size nor time of
    /// writing changed is not read at all; a file that shrank is read anew; of any other the bytes before the cursor are
    /// hashed, and it is resumed when they are the same, else read anew.
    /// </summary>
    public FileStart Start { get; private set; }

    /// <summary>
    /// The columns' names, empty when there are none or they have not been read yet. In an archive each entry has its own: the array is
    /// another one when they are.
    /// </summary>
    public string[] Columns =>
        Start == FileStart.Unchanged && _reader.Columns.Length == 0
            ? Names(CursorAfterLastBatch.Header) ?? []
            : _reader.Columns;

    /// <summary>What a reader that was told its fields found of them so far; null where the file itself names its fields.</summary>
    public FieldCensus? Census => _reader.Census is { IsSome: true, Value: var census } ? census : null;

    /// <summary>What the file was taken for, where nothing was declared and that is decided; null otherwise.</summary>
    public Recognition? Recognition => _reader.Recognition is { IsSome: true, Value: var found } ? found : null;

    /// <summary>Whether it holds several texts.</summary>
    public bool IsArchive => _text.File.Entry is not null;

    /// <summary>Bytes of the file as it lies on disk.</summary>
    public long Size => _text.File.Size;

    /// <summary>How many of <see cref="Size"/> have been read, for progress.</summary>
    public long BytesRead => Start == FileStart.Unchanged ? Size : _text.File.Consumed;

    /// <summary>
    /// The border behind the last batch (before the first one: where the reading began; after the last one: the end).
    /// While the header has not been passed it is the file's beginning.
    /// </summary>
    public FileCursor CursorAfterLastBatch { get; private set; }

    /// <summary>
    /// Fills the batch, which is cleared first, with up to <paramref name="maxRecords"/> records and rejections; false when
    /// there are no more; a batch may also hold nothing but objects or losses. The batch refers to this reading's buffer: its bytes are valid until the next call or
    /// <see cref="Dispose"/>.
    /// </summary>
    /// <exception cref="SourceException">The rest of the file cannot be read.</exception>
    public bool ReadBatch(RawBatch batch, int maxRecords)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecords, 1);
        batch.Clear();
        if (Start == FileStart.Unchanged)
        {
            return false;
        }
        while (true)
        {
            batch.Uri = _uri;
            var isFinal = _unread.AtEnd && _unread.Failure is null;
            var progress = _reader.Read(_unread.Block, _unread.Begin, _unread.Count, isFinal, maxRecords, batch);
            Consume(progress.Consumed);
            if (batch.Count > 0 || batch.Objects.Count > 0 || (batch.Rejections.Count > 0 && !_reader.Discarding))
            {
                CursorAfterLastBatch = Cursor();
                return true;
            }
            if (_reader.Fault is { IsSome: true, Value: var fault })
            {
                throw SourceException.Unparsed(Name, fault);
            }
            if (progress.NeedMore && _unread.AtEnd)
            {
                if (_unread.Failure is { } failure)
                {
                    // Cut off inside an over-long line: its rejection is told first; no border to move the cursor to.
                    return batch.Rejections.Count > 0 ? true : throw failure;
                }
                if (batch.Losses.Total > 0)
                {
                    // Losses behind the last record are told too.
                    CursorAfterLastBatch = Cursor();
                    return true;
                }
                if (!NextText())
                {
                    CursorAfterLastBatch = Cursor();
                    return false;
                }
            }
            else if (progress.NeedMore)
            {
                Fill();
            }
        }
    }

    /// <summary>Closes the file and gives the buffer back.</summary>
    public void Dispose()
    {
        _text.Dispose();
        _unread.Dispose();
    }

    // Longer than this no reader leaves a block untouched, so the buffer stays bounded whatever the file holds.
    private void Fill() => _unread.Fill(_text, _reader.MaxRecordBytes + 16);

    /// <summary>The first of the unread bytes are done with.</summary>
    private void Consume(int count)
    {
        _hash.Append(_unread.Block.AsSpan(_unread.Begin, count));
        _unread.Consume(count);
        _passed += count;
    }

    /// <summary>Goes on with the archive's next entry; false where there is none.</summary>
    private bool NextText()
    {
        if (!_text.NextEntry())
        {
            return false;
        }
        _reader = ReaderSpecModule.reader(_format, ReaderStartModule.beginning);
        _uri = TextUri();
        _textBegin = _passed;
        _isFirstText = false;
        _unread.GoOn();
        return true;
    }

    // Entries' names are for people: nothing is opened by them.
    private string TextUri() => _text.File.Entry is { } entry ? $"{Name}!{EntryName.Shown(entry)}" : Name;

    private FileCursor Cursor()
    {
        if (_reader.HeaderPending && !_isFirstText)
        {
            // Back to where the entry before it was left.
            return CursorAfterLastBatch;
        }
        var (offset, line, resume, hex) = _reader.HeaderPending
            ? (0L, 1L, [], FileCursor.Hex(new XxHash128()))
            : (_textBegin + _reader.Offset, _reader.Line, _reader.Resume, FileCursor.Hex(_hash));
        if (!ReferenceEquals(resume, _headerNames))
        {
            _headerNames = resume;
            _header = resume.Length == 0 ? "" : JsonSerializer.Serialize(resume);
        }
        return new(Name, offset, line, _text.File.Size, _text.File.ModifiedUnixMicroseconds, hex, _header);
    }

    private FileStart Resume(FileCursor cursor)
    {
        var sameFile =
            _text.File.Size == cursor.Size && _text.File.ModifiedUnixMicroseconds == cursor.ModifiedUnixMicroseconds;
        if (sameFile && cursor.Offset == _text.File.Size && _text.IsVerbatim)
        {
            return FileStart.Unchanged;
        }
        if (cursor.Offset == 0)
        {
            return FileStart.Resumed;
        }
        if (_reader.FromBeginningOnly)
        {
            _reader = ReaderSpecModule.reader(_format, new ReaderStart(cursor.Offset, cursor.Line, []));
            if (
                _text.File.Size >= cursor.Size
                && ReadAgain(cursor.Offset)
                && FileCursor.Hex(_hash) == cursor.ContentHash
            )
            {
                return FileStart.Resumed;
            }
        }
        else if (
            _text.File.Size >= cursor.Size
            && Names(cursor.Header) is { } resume
            && Pass(cursor.Offset, out var lineStart)
            && FileCursor.Hex(_hash) == cursor.ContentHash
        )
        {
            var resumed = ReaderSpecModule.reader(
                _format,
                new ReaderStart(cursor.Offset - _textBegin, cursor.Line, resume)
            );
            var continuesLine = !sameFile && lineStart < cursor.Offset && ContinuesLine();
            // A cursor without the header this format needs comes from another declaration. What a reader remembers beside the
            // header already holds the line that goes on, so it could not read that again.
            if (!resumed.HeaderPending && !(continuesLine && !resumed.Resume.AsSpan().SequenceEqual(resumed.Columns)))
            {
                _reader = resumed;
                if (continuesLine)
                {
                    // The last line had no end then, and now goes on: it is read again as a whole.
                    Reopen();
                    Pass(lineStart, out _);
                    _reader = ReaderSpecModule.reader(
                        _format,
                        new ReaderStart(lineStart - _textBegin, cursor.Line, resume)
                    );
                }
                return FileStart.Resumed;
            }
        }
        Reopen();
        return FileStart.Rewritten;
    }

    /// <summary>Whether the next byte is there and ends no line.</summary>
    private bool ContinuesLine()
    {
        if (_unread.Count == 0)
        {
            Fill();
        }
        return _unread.Count > 0 && _unread.Block[_unread.Begin] is not ((byte)'\n' or (byte)'\r');
    }

    /// <summary>
    /// Reads and hashes the first bytes of the file's texts; false when they have not so many. <paramref name="lineStart"/>: the place
    /// behind the last line end among them, at least where the last of the texts begins.
    /// </summary>
    private bool Pass(long bytes, out long lineStart)
    {
        lineStart = 0;
        while (_passed < bytes)
        {
            if (_unread.Count == 0)
            {
                Fill();
                if (_unread.Count == 0)
                {
                    if (_unread.Failure is { } failure)
                    {
                        throw failure;
                    }
                    if (!NextText())
                    {
                        return false;
                    }
                    lineStart = _textBegin;
                    continue;
                }
            }
            var seen = _unread.Block.AsSpan(_unread.Begin, (int)Math.Min(_unread.Count, bytes - _passed));
            var lineEnd = seen.LastIndexOfAny((byte)'\n', (byte)'\r');
            lineStart = lineEnd < 0 ? lineStart : _passed + lineEnd + 1;
            Consume(seen.Length);
        }
        return true;
    }

    /// <summary>
    /// Hands the reader what it was handed before, without using its records; false when the file has not so many bytes or the
    /// reader cannot come to stand there.
    /// </summary>
    private bool ReadAgain(long bytes)
    {
        var dropped = new RawBatch(1024);
        var isFinal = false;
        while (_reader.Offset < bytes)
        {
            var length = (int)Math.Min(_unread.Count, bytes - _reader.Offset);
            dropped.Clear();
            var progress = _reader.Read(_unread.Block, _unread.Begin, length, isFinal, int.MaxValue, dropped);
            Consume(progress.Consumed);
            if (_reader.Fault.IsSome)
            {
                return false;
            }
            if (progress.Consumed == 0 && progress.NeedMore)
            {
                if (_unread.Failure is { } failure)
                {
                    throw failure;
                }
                if (!_unread.AtEnd && length == _unread.Count)
                {
                    Fill();
                }
                else if (isFinal || length < _unread.Count)
                {
                    return false;
                }
                else
                {
                    // The file ends where it ended then: its last line needs no end.
                    isFinal = true;
                }
            }
        }
        return true;
    }

    private void Reopen()
    {
        _text.Dispose();
        _text = new TextContent(_path, _options);
        _uri = TextUri();
        _reader = ReaderSpecModule.reader(_format, ReaderStartModule.beginning);
        _hash = new XxHash128();
        _passed = _textBegin = 0;
        _isFirstText = true;
        _unread.Clear();
    }

    /// <summary>The names in a cursor's header; null when it is no list of names.</summary>
    private static string[]? Names(string json)
    {
        try
        {
            return json.Length == 0 ? [] : JsonSerializer.Deserialize<string[]>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
