// The texts of a file as readers read them: unpacked and in UTF-8.
using Cti.Core;

namespace Cti.Host.Sources;

/// <summary>A file's texts, one after the other, each decoded on its own: an archive may mix encodings. Errors are <see cref="SourceException"/>.</summary>
internal sealed class TextContent(string path, FileReadOptions options) : IDisposable
{
    private const int RawBytes = 64 << 10;

    private readonly FileContent _content = new(path, options);

    // _raw[_begin .. _end) was read from the file and not decoded yet.
    private byte[] _raw = new byte[TextEncodingModule.SniffBytes];
    private int _begin;
    private int _end;
    private bool _ended;
    private TextEncoding? _encoding;

    /// <summary>The smallest target that <see cref="Read"/> can go on with.</summary>
    public const int MinTarget = Transcoder.MaxCharacterBytes;

    /// <summary>The file itself.</summary>
    public FileContent File => _content;

    /// <summary>Whether what is read are the file's own bytes, neither unpacked nor decoded.</summary>
    public bool IsVerbatim
    {
        get
        {
            if (!_content.IsPlain)
            {
                return false;
            }
            Sniff();
            return !Transcoder.isNeeded(_encoding!.Value);
        }
    }

    /// <summary>Moves to the next text; false where there is none.</summary>
    public bool NextEntry()
    {
        _begin = _end = 0;
        _ended = false;
        _encoding = null;
        return _content.NextEntry();
    }

    /// <summary>Reads into a target of at least <see cref="MinTarget"/> bytes; 0 at the end of the text.</summary>
    public int Read(Span<byte> target)
    {
        Sniff();
        if (!Transcoder.isNeeded(_encoding!.Value))
        {
            var kept = Math.Min(_end - _begin, target.Length);
            _raw.AsSpan(_begin, kept).CopyTo(target);
            _begin += kept;
            return kept > 0 ? kept : _content.Read(target);
        }
        while (true)
        {
            var step = Transcoder.decode(_encoding.Value, _raw.AsSpan(_begin, _end - _begin), target, _ended);
            _begin += step.Consumed;
            if (step.Written > 0 || _ended)
            {
                return step.Written;
            }
            Refill(RawBytes);
        }
    }

    public void Dispose() => _content.Dispose();

    // Looks at the text's first bytes, once.
    private void Sniff()
    {
        if (_encoding is not null)
        {
            return;
        }
        while (_end < TextEncodingModule.SniffBytes && !_ended)
        {
            Refill(TextEncodingModule.SniffBytes);
        }
        _encoding = TextEncodingModule.settle(options.Encoding, _raw.AsSpan(_begin, _end - _begin));
    }

    // Reads more behind what was not decoded.
    private void Refill(int capacity)
    {
        if (_raw.Length < capacity)
        {
            Array.Resize(ref _raw, capacity);
        }
        _raw.AsSpan(_begin, _end - _begin).CopyTo(_raw);
        _end -= _begin;
        _begin = 0;
        var count = _content.Read(_raw.AsSpan(_end, capacity - _end));
        _end += count;
        _ended = count == 0;
    }
}
