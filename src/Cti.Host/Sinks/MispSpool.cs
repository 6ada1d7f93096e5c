// Attributes on their way to the events they belong to: indicators come in the order of their values, events are written one after the other. What
// does not fit in memory waits in a file.

using System.Buffers.Binary;
using Cti.Core;

namespace Cti.Host.Sinks;

/// <summary>One event's attributes, as far as they have come.</summary>
internal sealed class MispEventDraft(UInt128 id)
{
    public UInt128 Id { get; } = id;

    public required string Date { get; init; }
    public required string Info { get; init; }

    /// <summary>The strictest marking in it.</summary>
    public Tlp Tlp { get; set; } = Tlp.Clear;

    /// <summary>What is in memory.</summary>
    public Utf8Writer Pending { get; } = new(1024);

    /// <summary>What is in the file: where, and how long.</summary>
    public List<(long Start, int Length)> Written { get; } = [];

    /// <summary>Bytes of all of it.</summary>
    public long Size { get; set; }
}

/// <summary>One per output and run.</summary>
/// <param name="path">The file that takes what does not fit in memory.</param>
/// <param name="printer">Prints attributes.</param>
internal sealed class MispSpool(string path, MispPrinter printer) : IDisposable
{
    private const long MostPending = 32 << 20;

    /// <summary>An event that is larger cannot be read by those who read it whole, this program among them.</summary>
    private const long MostEvent = 64 << 20;

    // Of an entry: the attribute's id, and the lengths of the two texts behind it.
    private const int EntryHead = 24;

    private readonly Utf8Writer _hashes = new(256);
    private readonly Utf8Writer _body = new(1024);
    private readonly byte[] _head = new byte[EntryHead];
    private readonly List<MispEventDraft> _events = [];
    private FileStream? _file;
    private long _pending;

    /// <summary>The events, in the order in which they began.</summary>
    public IReadOnlyList<MispEventDraft> Events => _events;

    public MispEventDraft Begin(UInt128 id, string date, string info)
    {
        var draft = new MispEventDraft(id) { Date = date, Info = info };
        _events.Add(draft);
        return draft;
    }

    /// <summary>Adds an indicator to an event.</summary>
    /// <exception cref="SinkException">The disk is full, or the event has become too large.</exception>
    public void Add(MispEventDraft draft, IndicatorBatch batch, int row)
    {
        _hashes.Clear();
        _body.Clear();
        printer.WriteHashes(batch.Type[row], batch.Value[row], draft.Id, _hashes);
        printer.WriteBody(batch, row, _body);
        BinaryPrimitives.WriteUInt128BigEndian(_head, printer.AttributeId(draft.Id, batch.Id[row]));
        BinaryPrimitives.WriteInt32BigEndian(_head.AsSpan(16), _hashes.Length);
        BinaryPrimitives.WriteInt32BigEndian(_head.AsSpan(20), _body.Length);
        draft.Pending.Bytes(_head);
        draft.Pending.Bytes(_hashes.Written);
        draft.Pending.Bytes(_body.Written);
        draft.Tlp = TlpModule.code(batch.Tlp[row]) > TlpModule.code(draft.Tlp) ? batch.Tlp[row] : draft.Tlp;
        var size = EntryHead + _hashes.Length + _body.Length;
        draft.Size += size;
        _pending += size;
        if (draft.Size > MostEvent)
        {
            throw new SinkException(
                $"the MISP event {draft.Info} becomes larger than {MostEvent >> 20} MiB. Divide the days of the feed into more events (`parts`), or restrict the sink's `where`."
            );
        }

        if (_pending > MostPending)
        {
            Flush();
        }
    }

    /// <summary>Fills the lists with an event's attributes and the lines of its hashes.</summary>
    /// <exception cref="SinkException">The file cannot be read.</exception>
    public void Read(MispEventDraft draft, MispAttributeList attributes, Utf8Writer hashes)
    {
        attributes.Clear();
        foreach (var (start, length) in draft.Written)
        {
            var bytes = new byte[length];
            try
            {
                _file!.Position = start;
                _file.ReadExactly(bytes);
            }
            catch (IOException error)
            {
                throw Unusable(error);
            }

            Take(bytes, attributes, hashes);
        }

        Take(draft.Pending.Written, attributes, hashes);
    }

    public void Dispose()
    {
        _file?.Dispose();
        if (_file is not null)
        {
            try
            {
                File.Delete(path);
            }
            catch (IOException)
            {
                // A leftover is overwritten by the next run.
            }
        }
    }

    private static void Take(ReadOnlySpan<byte> entries, MispAttributeList attributes, Utf8Writer hashes)
    {
        while (entries.Length > 0)
        {
            var id = BinaryPrimitives.ReadUInt128BigEndian(entries);
            var lines = BinaryPrimitives.ReadInt32BigEndian(entries[16..]);
            var body = BinaryPrimitives.ReadInt32BigEndian(entries[20..]);
            hashes.Bytes(entries.Slice(EntryHead, lines));
            attributes.Add(id, entries.Slice(EntryHead + lines, body));
            entries = entries[(EntryHead + lines + body)..];
        }
    }

    private void Flush()
    {
        try
        {
            _file ??= new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            _file.Position = _file.Length;
            foreach (var draft in _events.Where(draft => draft.Pending.Length > 0))
            {
                draft.Written.Add((_file.Position, draft.Pending.Length));
                _file.Write(draft.Pending.Written);
                draft.Pending.Clear();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error);
        }

        _pending = 0;
    }

    private SinkException Unusable(Exception error) =>
        new(
            $"{path} cannot be written: {error.Message} Check the folder's permissions and the free space, then run again.",
            error
        );
}
