// One reading of a TAXII collection as an origin: page after page into the spool, as the core's paging says, and where each page leaves the source.

using System.Globalization;
using System.IO.Hashing;
using Cti.Core;
using Cti.Host.Net.Taxii;
using Cti.Host.Sources.Http;
using Cti.Host.Store;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sources.Taxii;

internal sealed class TaxiiReading(TaxiiPlan plan, bool isSnapshot, OriginServices services) : IOrigin
{
    // Objects that were kept, page by page; a page of which nothing was kept has no file.
    private sealed record Page(SpoolFile? Body, string Name);

    private readonly List<Page> _pages = [];
    private readonly XxHash128 _hash = new();
    private long _bytes;
    private long _strangers;
    private SourceException? _fault;
    private bool _isCut;

    public async Task<SourceInputs> FindAsync(IReadOnlyDictionary<string, SourceCursor> known, CancellationToken stop)
    {
        using var session = new TaxiiSession(plan.Page, services);
        try
        {
            var place = await PlaceAsync(session, stop);
            var key = session.Shown(place) + Query(plan.Match);
            var before = known.GetValueOrDefault(key)?.Validators ?? Validators.None;
            var mark = isSnapshot ? TaxiiMarkModule.none : TaxiiMarkModule.ofText(before.Mark);
            var (paging, begun) = await PagesAsync(session, place, key, mark, stop);
            return ToInputs(key, before, mark, paging, begun);
        }
        catch
        {
            Discard();
            throw;
        }
    }

    private async Task<Uri> PlaceAsync(TaxiiSession session, CancellationToken stop)
    {
        try
        {
            var directory = new TaxiiDirectory(new TaxiiDocuments(plan, session), plan.Collection, TaxiiUse.Read);
            return (await directory.FindAsync(stop)).Objects;
        }
        catch (TaxiiPlaceException error)
        {
            throw TaxiiFault.Of(plan.Page.Url.ToString(), error);
        }
        catch (HttpFault fault)
        {
            throw new SourceException(fault.Code, $"{plan.Page.Url}: {session.Redact(fault.Message)}.", fault);
        }
    }

    private async Task<(TaxiiPaging Paging, long Begun)> PagesAsync(
        TaxiiSession session,
        Uri place,
        string key,
        TaxiiMark mark,
        CancellationToken stop
    )
    {
        var begun = TimestampModule.none;
        var (paging, ask) = TaxiiPagingModule.start(mark, plan.AddedAfter, plan.Limit);
        while (true)
        {
            TaxiiPage page;
            long now;
            try
            {
                (page, now) = await PageAsync(session, place, key, ask, paging, stop);
            }
            catch (SourceException fault) when (!isSnapshot && _pages.Count > 0)
            {
                _fault = fault;
                return (paging, begun);
            }

            begun = TimestampModule.isNone(begun) ? now : begun;
            (paging, var step) = TaxiiPagingModule.step(page, now, paging);
            switch (step)
            {
                case TaxiiStep.Ask { Item: var next } when _bytes < plan.Page.MaxBytes:
                    ask = next;
                    break;
                case TaxiiStep.Ask:
                    _isCut = true;
                    return (paging, begun);
                case TaxiiStep.Stop { Item: var reason }:
                    _fault = TaxiiFault.Stopped(key, reason);
                    return isSnapshot ? throw _fault : (paging, begun);
                default:
                    return (paging, begun);
            }
        }
    }

    private Task<(TaxiiPage Page, long Now)> PageAsync(
        TaxiiSession session,
        Uri place,
        string key,
        TaxiiAsk ask,
        TaxiiPaging paging,
        CancellationToken stop
    ) =>
        session.GetAsync(
            new UriBuilder(place) { Query = Query(Parameters(ask)) }.Uri,
            answer =>
            {
                var body = services.Spool.Create();
                try
                {
                    using var text = TaxiiBody.Open(answer, plan.Text, key);
                    var content = new TaxiiEnvelope(
                        text,
                        hash => TaxiiPagingModule.isKnown(hash, paging),
                        plan.Types,
                        body
                    ).Read();
                    Take(key, ask, body, content, answer.Body?.Length ?? 0);
                    return (
                        new TaxiiPage(
                            content.Hashes,
                            Date(answer, "X-TAXII-Date-Added-First"),
                            Date(answer, "X-TAXII-Date-Added-Last"),
                            content.More,
                            content.Next is { } next ? FSharpOption<string>.Some(next) : FSharpOption<string>.None
                        ),
                        TimestampModule.ofDateTimeOffset(answer.Headers.Date ?? services.Clock.GetUtcNow())
                    );
                }
                catch (EnvelopeException error)
                {
                    body.Dispose();
                    throw TaxiiFault.NotJson(key, session.Redact(error.Message));
                }
                catch
                {
                    body.Dispose();
                    throw;
                }
            },
            stop
        );

    private void Take(string key, TaxiiAsk ask, SpoolFile body, TaxiiContent content, long sent)
    {
        _bytes += sent;
        _strangers += content.Strangers;
        _hash.Append(Convert.FromHexString(body.Hash));
        var after = TimestampModule.isNone(ask.AddedAfter) ? "" : TaxiiMarkModule.writeTime(ask.AddedAfter);
        // So that a position says which answer it is in.
        var part = string.Create(CultureInfo.InvariantCulture, $"#{_pages.Count + 1}");
        _pages.Add(
            new Page(
                content.Kept > 0 ? body : null,
                after.Length == 0 ? key + part : $"{key}{part},added_after={after}"
            )
        );
        if (content.Kept == 0)
        {
            body.Dispose();
        }
    }

    private SourceInputs ToInputs(string key, Validators before, TaxiiMark mark, TaxiiPaging paging, long begun)
    {
        var isComplete = _fault is null && !_isCut;
        if (_isCut && isSnapshot)
        {
            throw TaxiiFault.TooLarge(key, plan.Page.MaxBytes);
        }

        var marks = TaxiiPagingModule.marks(isComplete, begun, paging);
        var last = marks[^1];
        if (_isCut && last.Equals(mark))
        {
            // Without dates the next reading would begin where this one did.
            throw TaxiiFault.TooLarge(key, plan.Page.MaxBytes);
        }

        var hash = Convert.ToHexStringLower(_hash.GetCurrentHash());
        var kept = _pages.Count(page => page.Body is not null);
        var isSame = kept > 0 || isSnapshot ? before.BodyHash == hash : last.Equals(mark) && before != Validators.None;
        if (isComplete && isSame)
        {
            Discard();
            return SourceInputs.Unchanged;
        }

        if (_fault is not null && kept == 0)
        {
            throw _fault;
        }

        var inputs = Inputs(key, before, mark, marks, hash);
        return SourceInputs.OfParts(inputs, _fault, [.. Notes(key)]);
    }

    // A page that holds nothing new may still move the mark: then it is an empty input.
    private List<SourceInput> Inputs(
        string key,
        Validators before,
        TaxiiMark mark,
        IReadOnlyList<TaxiiMark> marks,
        string hash
    )
    {
        var inputs = new List<SourceInput>();
        var standing = before;
        var isPart = !mark.Equals(TaxiiMarkModule.none);
        for (var index = 0; index < _pages.Count; index++)
        {
            var isLast = index == _pages.Count - 1;
            var reached = Validators.None with
            {
                Mark = isSnapshot ? "" : TaxiiMarkModule.text(marks[index]),
                BodyHash = isLast && _fault is null && !_isCut ? hash : "",
            };
            if (_pages[index].Body is null && (!isLast || reached.Mark == standing.Mark))
            {
                continue;
            }

            var body = _pages[index].Body ?? Empty();
            inputs.Add(
                new SourceInput(body.Path, _pages[index].Name, key, plan.Text)
                {
                    Validators = reached,
                    Before = standing with { BodyHash = "" },
                    IsPart = isPart,
                    Spooled = body,
                }
            );
            standing = reached;
        }

        return inputs;
    }

    private SpoolFile Empty()
    {
        var body = services.Spool.Create();
        body.Write("{\"objects\":[]}\n"u8);
        return body;
    }

    private IEnumerable<string> Notes(string key)
    {
        if (_strangers > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{key}: the server sent {_strangers:N0} objects of types that `match` does not ask for; they are left out"
            );
        }

        if (_isCut)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{key}: {_bytes:N0} bytes were fetched, which is all that `max_bytes` allows for one reading; the next one goes on there"
            );
        }
    }

    private void Discard()
    {
        foreach (var page in _pages)
        {
            page.Body?.Dispose();
        }

        _pages.Clear();
    }

    private static long Date(HttpAnswer answer, string header) =>
        answer.Headers.NonValidated.TryGetValues(header, out var values)
            ? TaxiiMarkModule.parseTime(values.ToString())
            : TimestampModule.none;

    private IEnumerable<(string Name, string Value)> Parameters(TaxiiAsk ask)
    {
        foreach (var filter in plan.Match)
        {
            yield return filter;
        }

        yield return ("limit", ask.Limit.ToString(CultureInfo.InvariantCulture));
        if (!TimestampModule.isNone(ask.AddedAfter))
        {
            yield return ("added_after", TaxiiMarkModule.writeTime(ask.AddedAfter));
        }

        if (ask.Next is { Value: var next })
        {
            yield return ("next", next);
        }
    }

    private static string Query(IEnumerable<(string Name, string Value)> parameters)
    {
        var query = string.Join(
            '&',
            parameters.Select(one => $"{Uri.EscapeDataString(one.Name)}={Uri.EscapeDataString(one.Value)}")
        );
        return query.Length > 0 ? "?" + query : "";
    }
}
