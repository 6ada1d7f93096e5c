// A MISP feed as an origin: its manifest first, then the events that are new or have changed since they were read. What the manifest names and the
// server does not have is told; the rest is read.

using Cti.Host.Net;
using Cti.Host.Store;

namespace Cti.Host.Sources.Http;

internal sealed class MispFeedDownload(MispFeedPlan plan, bool isSnapshot, OriginServices services) : IOrigin
{
    private const string ManifestName = "manifest.json";

    // A server that is down is not asked for every event of a feed.
    private const int MostFailuresInARow = 5;
    private const int MostShown = 3;

    public async Task<SourceInputs> FindAsync(IReadOnlyDictionary<string, SourceCursor> known, CancellationToken stop)
    {
        try
        {
            using var clients = HttpFault.OfConnection(() => new HttpClients(plan.Folder.Connection));
            var manifest = await ManifestAsync(clients, stop);
            var changed = manifest.Events.Where(entry => IsNew(entry, known)).ToList();
            // A snapshot says everything anew, or nothing.
            var wanted = isSnapshot && changed.Count > 0 ? manifest.Events : changed;
            return await FetchAsync(clients, manifest, wanted, stop);
        }
        catch (HttpFault fault) when (fault.IsUnauthorized && plan.Folder.Reread() is { } renewed)
        {
            // Once: a key that was renewed and is still not known is a wrong one.
            var again = plan with
            {
                Folder = renewed with { Reread = static () => null },
            };
            return await new MispFeedDownload(again, isSnapshot, services).FindAsync(known, stop);
        }
        catch (HttpFault fault)
        {
            throw new SourceException(
                fault.Code,
                $"{NameOf(ManifestName)}: {plan.Folder.Redactor.Redact(fault.Message)}.",
                fault
            );
        }
    }

    // What the manifest said of an event when it was read stands in its cursor.
    private bool IsNew(FeedEvent entry, IReadOnlyDictionary<string, SourceCursor> known) =>
        known.GetValueOrDefault(NameOf(entry.FileName))?.Validators.Mark is not { Length: > 0 } before
        || before != entry.Changed;

    // As it is written, references unresolved: shown, stored, and the cursor's name.
    private string NameOf(string file) => $"{plan.Folder.Url.ToString().TrimEnd('/')}/{file}";

    private Uri AddressOf(string file)
    {
        var folder = HttpFault.OfConnection(() => plan.Folder.Address).AbsoluteUri;
        return new Uri($"{folder.TrimEnd('/')}/{file}");
    }

    private async Task<FeedManifest> ManifestAsync(HttpClients clients, CancellationToken stop)
    {
        var answer = await GetAsync(ManifestName, clients, stop);
        using var body = answer.Body;
        try
        {
            return FeedManifest.Read(body!.Path);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new SourceException(
                "CTI-SOURCE-052",
                $"{NameOf(ManifestName)}: this is no manifest of a MISP feed: {error.Message}. Look at the URL: it is the folder that holds {ManifestName}.",
                error
            );
        }
    }

    private async Task<HttpAnswer> GetAsync(string file, HttpClients clients, CancellationToken stop)
    {
        var ask = new HttpAsk(AddressOf(file), Validators.None);
        return await HttpRetry
            .Pipeline(plan.Folder, services.Clock)
            .ExecuteAsync(
                async token =>
                    await new HttpExchange(plan.Folder, clients, services.Spool, services.Clock).RunAsync(ask, token),
                stop
            );
    }

    private async Task<SourceInputs> FetchAsync(
        HttpClients clients,
        FeedManifest manifest,
        IReadOnlyList<FeedEvent> wanted,
        CancellationToken stop
    )
    {
        var inputs = new List<SourceInput>();
        var missing = new List<string>();
        var failuresInARow = 0;
        try
        {
            // What has to be read whole is not read in parts.
            foreach (var entry in isSnapshot ? wanted : wanted.Take(plan.MaxEvents))
            {
                try
                {
                    inputs.Add(await FetchAsync(clients, entry, stop));
                    failuresInARow = 0;
                }
                catch (HttpFault fault)
                {
                    missing.Add($"{entry.Id} ({plan.Folder.Redactor.Redact(fault.Message)})");
                    // That one file is not there says nothing about the server.
                    failuresInARow = fault.IsTransient ? failuresInARow + 1 : 0;
                    if (failuresInARow == MostFailuresInARow)
                    {
                        missing.Add("and all behind it: the server does not answer any more");
                        break;
                    }
                }
            }
        }
        catch
        {
            inputs.ForEach(input => input.Dispose());
            throw;
        }

        var incomplete = Fault(missing, inputs.Count);
        return inputs.Count == 0 && incomplete is null
            ? SourceInputs.Unchanged
            : SourceInputs.OfParts(inputs, incomplete, Notes(manifest, wanted.Count - missing.Count - inputs.Count));
    }

    private async Task<SourceInput> FetchAsync(HttpClients clients, FeedEvent entry, CancellationToken stop)
    {
        var name = NameOf(entry.FileName);
        var answer = await GetAsync(entry.FileName, clients, stop);
        var body = answer.Body!;
        return new SourceInput(body.Path, name, name, plan.Text with { Compression = answer.Compression })
        {
            Validators = new Validators("", "", body.Hash) { Mark = entry.Changed },
            Spooled = body,
            IsPart = !isSnapshot,
        };
    }

    private SourceException? Fault(List<string> missing, int fetched)
    {
        var more = missing.Count > MostShown ? $"; and {missing.Count - MostShown} more" : "";
        return missing.Count == 0
            ? null
            : new SourceException(
                "CTI-SOURCE-053",
                $"{NameOf(ManifestName)} names {missing.Count} events that could not be fetched, {fetched} others are read: {string.Join("; ", missing.Take(MostShown))}{more}. They are asked for again next time."
            );
    }

    private List<string> Notes(FeedManifest manifest, int left)
    {
        var notes = new List<string>();
        if (manifest.Unnamed > 0)
        {
            notes.Add($"{manifest.Unnamed} entries of the manifest have a name that is no UUID; they are not fetched");
        }

        if (left > 0)
        {
            notes.Add($"{left} events are left for the next reading (`max_events: {plan.MaxEvents}`)");
        }

        return notes;
    }
}
