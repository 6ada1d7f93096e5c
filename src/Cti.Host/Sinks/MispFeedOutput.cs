// The `misp_feed` output: a folder with a manifest, the hashes of all values, and events by the day on which their indicators were first published.
// Events that say what they said are not touched. They are put in place first, the manifest last: no reader finds an event named that is not there.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sinks;

internal sealed class MispFeedOutput : IStateOutput
{
    private const string ManifestName = "manifest.json";
    private const string HashesName = "hashes.csv";
    private const string StagingName = ".cti-new";

    private readonly string _folder;
    private readonly string _staging;
    private readonly MispOptions _options;
    private readonly MispPrinter _printer;
    private readonly MispSpool _spool;
    private readonly long _seconds;
    private readonly Dictionary<(long Day, Tlp Tlp, int Part), MispEventDraft> _drafts = [];
    private readonly List<UInt128> _before;
    private readonly byte[] _oldManifest;
    private readonly AtomicFile _manifest;
    private readonly AtomicFile _hashes;
    private readonly List<string> _staged = [];
    private bool _isManifestNew;

    /// <exception cref="SinkException">The place cannot be written, or holds a feed that is not ours.</exception>
    public MispFeedOutput(string folder, RenderSpec.MispFeed render, long now)
    {
        _folder = folder;
        _staging = Path.Combine(folder, StagingName);
        _options = render.Item;
        _printer = new MispPrinter(_options);
        Renderer = RenderSpecModule.create(render);
        _seconds = now / TimeSpan.MicrosecondsPerSecond;
        _oldManifest = MispFiles.Read(Path.Combine(folder, ManifestName));
        _before = EventsOf(_oldManifest);
        try
        {
            Directory.CreateDirectory(folder);
            // What a killed run left.
            if (Directory.Exists(_staging))
            {
                Directory.Delete(_staging, recursive: true);
            }

            Directory.CreateDirectory(_staging);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(error);
        }

        _spool = new MispSpool(Path.Combine(_staging, "spool"), _printer);
        _manifest = new AtomicFile(Path.Combine(folder, ManifestName));
        _hashes = new AtomicFile(Path.Combine(folder, HashesName));
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
            _spool.Add(DraftOf(batch, row), batch, row);
        }
    }

    public void End(UInt128 indicator) { }

    // An event is made of indicators alone.
    public void AddObjects(DuckDbConnection connection, string pipeline, Tlp maxTlp) { }

    public void Finish(long rows)
    {
        var drafts = _spool.Events.ToDictionary(draft => draft.Id);
        var manifest = new MispManifest();
        var file = new MispEventFile(_printer);
        var attributes = new MispAttributeList();
        var hashes = new Utf8Writer(64 * 1024);
        var content = new Utf8Writer(64 * 1024);
        foreach (var id in drafts.Keys.Union(_before).Order())
        {
            var name = UuidModule.toText(id) + ".json";
            var before = MispFiles.Read(Path.Combine(_folder, name));
            attributes.Clear();
            hashes.Clear();
            var head = FSharpValueOption<MispEventHead>.None;
            if (drafts.GetValueOrDefault(id) is { } draft)
            {
                _spool.Read(draft, attributes, hashes);
                head = FSharpValueOption<MispEventHead>.Some(new(id, draft.Date, draft.Info, draft.Tlp));
            }
            else if (before.Length == 0)
            {
                // Named, not there, and nothing in it holds: it is forgotten.
                continue;
            }

            var merged = file.Merge(id, before, attributes, head, _seconds, content);
            if (merged.IsChanged)
            {
                Stage(name, content);
            }

            manifest.Add(id, merged.Seconds, file.Head);
            _hashes.Write(hashes.Written);
        }

        var whole = manifest.Finish();
        _isManifestNew = !whole.SequenceEqual(_oldManifest);
        _manifest.Write(whole);
    }

    public bool IsInPlace(string? receipt) =>
        _staged.Count == 0
        && !_isManifestNew
        && Receipts.Matches(Path.Combine(_folder, ManifestName), receipt)
        && AtomicFile.ReceiptOf(Path.Combine(_folder, HashesName)) == _hashes.Receipt;

    public bool HasOtherObjects(string? receipt) => false;

    public string? Seal() => null;

    public string Replace(DateTime at)
    {
        try
        {
            foreach (var name in _staged)
            {
                File.Move(Path.Combine(_staging, name), Path.Combine(_folder, name), overwrite: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(error);
        }

        var receipt = _manifest.Receipt;
        _hashes.Replace();
        _manifest.Replace();
        return receipt;
    }

    public void Dispose()
    {
        _spool.Dispose();
        _manifest.Dispose();
        _hashes.Dispose();
        try
        {
            Directory.Delete(_staging, recursive: true);
        }
        catch (IOException)
        {
            // The next run clears it.
        }
    }

    private static List<UInt128> EventsOf(byte[] manifest)
    {
        if (manifest.Length == 0)
        {
            return [];
        }

        var known = MispManifest.TryRead(manifest);
        return known.IsSome
            ? known.Value
            : throw new SinkException(
                $"{ManifestName} in the folder was not written by cti: the folder holds somebody else's feed. Choose another folder, or move that feed away."
            );
    }

    private MispEventDraft DraftOf(IndicatorBatch batch, int row)
    {
        var created = batch.Created[row];
        var part = (int)(batch.Id[row] % (UInt128)_options.Parts);
        // One marking to an event: that of an event counts for all that is in it.
        var tlp = batch.Tlp[row];
        var key = (created / TimeSpan.MicrosecondsPerDay, tlp, part);
        if (!_drafts.TryGetValue(key, out var draft))
        {
            var day = MispDays.Of(created);
            draft = _spool.Begin(_printer.EventId(day, tlp, part), day, _printer.EventInfo(day, part));
            _drafts.Add(key, draft);
        }

        return draft;
    }

    private void Stage(string name, Utf8Writer content)
    {
        try
        {
            MispFiles.Write(Path.Combine(_staging, name), content.Written);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(error);
        }

        _staged.Add(name);
    }

    private SinkException Unwritable(Exception error) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_folder} cannot be written: {error.Message} The manifest there is untouched, and every event it names is there. Check the path, its permissions and the free space, then run again."
            ),
            error
        );
}
