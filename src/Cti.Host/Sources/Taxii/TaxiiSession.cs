// One client of one TAXII server: every request with its retries, in the media type the server knows, under credentials that are read again once where they
// are refused. What an answer means is its caller's affair.

using Cti.Host.Net;
using Cti.Host.Sources.Http;

namespace Cti.Host.Sources.Taxii;

internal sealed class TaxiiSession(HttpPlan declared, OriginServices services) : IDisposable
{
    // TAXII 2.1, section 1.6.8; the second for servers that refuse any version by name.
    private static readonly string[] MediaTypes = ["application/taxii+json;version=2.1", "application/taxii+json"];

    private HttpPlan _plan = declared;
    private HttpClients? _clients;
    private int _mediaType;
    private bool _hasReread;

    /// <summary>Where the declared URL leads.</summary>
    /// <exception cref="HttpFault">Nowhere.</exception>
    public Uri Address => HttpFault.OfConnection(() => _plan.Address);

    /// <summary>Takes secrets out of what is told.</summary>
    public string Redact(string text) => _plan.Redactor.Redact(text);

    /// <summary>What is shown of a URL: where it leads, without what the server or a reference put into it.</summary>
    public string Shown(Uri url) => Redact(Redirects.Shown(url));

    /// <summary>Asks for a resource.</summary>
    /// <param name="url">On the origin of <see cref="Address"/>: credentials go along.</param>
    /// <param name="take">Makes something of an answer; an <see cref="HttpFault"/> of its is tried again where that makes sense.</param>
    /// <param name="stop">Ends it at once.</param>
    /// <exception cref="SourceException">It failed after every retry.</exception>
    public async Task<T> GetAsync<T>(Uri url, Func<HttpAnswer, T> take, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await TryAsync(url, take, stop);
            }
            catch (HttpFault fault) when ((int?)fault.Status is 406 or 415 && _mediaType + 1 < MediaTypes.Length)
            {
                _mediaType++;
            }
            catch (HttpFault fault) when (fault.IsUnauthorized && !_hasReread && _plan.Reread() is { } renewed)
            {
                // Once: a key that was renewed and is still not known is a wrong one.
                _hasReread = true;
                _plan = renewed;
                _clients?.Dispose();
                _clients = null;
            }
            catch (HttpFault fault) when (fault.Code == "CTI-SOURCE-016")
            {
                throw TaxiiFault.NotTaxii(
                    Shown(url),
                    "the server sends a page for people, or packs its answer in a way that was not asked for"
                );
            }
            catch (HttpFault fault)
            {
                var told = TaxiiFault.Reworded(fault, _plan.Texts.Any(text => text.References.Count > 0));
                throw new SourceException(told.Code, $"{Shown(url)}: {Redact(told.Message)}.", fault);
            }
        }
    }

    public void Dispose() => _clients?.Dispose();

    private async Task<T> TryAsync<T>(Uri url, Func<HttpAnswer, T> take, CancellationToken stop)
    {
        var clients = _clients ??= HttpFault.OfConnection(() => new HttpClients(_plan.Connection));
        var ask = new HttpAsk(url, Validators.None, MediaTypes[_mediaType]);
        return await HttpRetry
            .Pipeline(_plan, services.Clock)
            .ExecuteAsync(
                async token =>
                {
                    var answer = await new HttpExchange(_plan, clients, services.Spool, services.Clock).RunAsync(
                        ask,
                        token
                    );
                    using (answer.Body)
                    {
                        return take(answer);
                    }
                },
                stop
            );
    }
}
