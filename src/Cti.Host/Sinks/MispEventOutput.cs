// The `misp_event` output: one event in one file. What it held before and holds no more stays in it as deleted.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Sinks;

internal sealed class MispEventOutput : IStateOutput
{
    private readonly string _path;
    private readonly MispOptions _options;
    private readonly MispPrinter _printer;
    private readonly MispSpool _spool;
    private readonly AtomicFile _file;
    private readonly long _seconds;
    private readonly string _today;
    private readonly UInt128 _id;
    private MispEventDraft? _draft;
    private bool _isChanged;

    /// <exception cref="SinkException">The place cannot be written.</exception>
    public MispEventOutput(string path, RenderSpec.MispEvent render, long now)
    {
        _path = path;
        _options = render.Item;
        _printer = new MispPrinter(_options);
        Renderer = RenderSpecModule.create(render);
        _spool = new MispSpool(path + ".cti-spool", _printer);
        _file = new AtomicFile(path);
        _seconds = now / TimeSpan.MicrosecondsPerSecond;
        _today = MispDays.Of(now);
        _id = _printer.EventId();
    }

    public IRenderer Renderer { get; }

    public bool PublishesEnds => false;

    public bool WantsAll => true;

    public uint? Serial => null;

    public LossList Losses => _printer.Losses;

    public void Add(IndicatorBatch batch, ReadOnlySpan<int> selected)
    {
        foreach (var row in selected)
        {
            _draft ??= _spool.Begin(_id, _today, _options.Info);
            _spool.Add(_draft, batch, row);
        }
    }

    public void End(UInt128 indicator) { }

    // An event is made of indicators alone.
    public void AddObjects(DuckDbConnection connection, string pipeline, Tlp maxTlp) { }

    public void Finish(long rows)
    {
        var before = MispFiles.Read(_path);
        var attributes = new MispAttributeList();
        if (_draft is not null)
        {
            _spool.Read(_draft, attributes, new Utf8Writer(1024));
        }

        var content = new Utf8Writer(64 * 1024);
        var file = new MispEventFile(_printer);
        // The day on which it was first written stays its date.
        var head = new MispEventHead(
            _id,
            MispEventFile.DateOf(before) is { Length: > 0 } date ? date : _today,
            _options.Info,
            _draft?.Tlp ?? Tlp.Clear
        );
        _isChanged = file.Merge(
            _id,
            before,
            attributes,
            Microsoft.FSharp.Core.FSharpValueOption<MispEventHead>.Some(head),
            _seconds,
            content
        ).IsChanged;
        _file.Write(content.Written);
    }

    public bool IsInPlace(string? receipt) => !_isChanged && Receipts.Matches(_path, receipt);

    public bool HasOtherObjects(string? receipt) => false;

    public string Seal() => _file.Seal();

    public string Replace(DateTime at)
    {
        var receipt = _file.Receipt;
        _file.Replace();
        return receipt;
    }

    public void Dispose()
    {
        _spool.Dispose();
        _file.Dispose();
    }
}
