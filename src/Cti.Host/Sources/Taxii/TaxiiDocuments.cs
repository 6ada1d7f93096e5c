// Resources of a TAXII server that are no pages: small JSON documents, read whole.

using System.Text.Json;
using Cti.Host.Net.Taxii;
using Cti.Host.Sources.Http;

namespace Cti.Host.Sources.Taxii;

/// <summary>One per reading.</summary>
internal sealed class TaxiiDocuments(TaxiiPlan plan, TaxiiSession session) : ITaxiiClient
{
    // Nobody lists more; a page of objects may be larger.
    private const int MostBytes = 16 << 20;

    public Uri Address => session.Address;

    public string Shown(Uri url) => session.Shown(url);

    /// <exception cref="SourceException">The server does not answer, or with something else.</exception>
    public Task<JsonDocument> GetAsync(Uri url, CancellationToken stop) =>
        session.GetAsync(
            url,
            answer =>
            {
                try
                {
                    var document = JsonDocument.Parse(Bytes(answer, url));
                    return document.RootElement.ValueKind == JsonValueKind.Object
                        ? document
                        : throw TaxiiFault.NotTaxii(Name, $"{Shown(url)} sends JSON that is no TAXII resource");
                }
                catch (JsonException)
                {
                    throw TaxiiFault.NotTaxii(Name, $"{Shown(url)} sends something that is no JSON");
                }
            },
            stop
        );

    private string Name => plan.Page.Url.ToString();

    private ReadOnlyMemory<byte> Bytes(HttpAnswer answer, Uri url)
    {
        using var text = TaxiiBody.Open(answer, plan.Text, Shown(url));
        var bytes = new byte[64 * 1024];
        var length = 0;
        while (TaxiiBody.Read(text, bytes.AsSpan(length)) is var count and > 0)
        {
            length += count;
            if (length > MostBytes)
            {
                throw TaxiiFault.NotTaxii(Name, $"{Shown(url)} sends more than {MostBytes >> 20} MiB");
            }

            if (bytes.Length - length < TextContent.MinTarget)
            {
                Array.Resize(ref bytes, bytes.Length * 2);
            }
        }

        return bytes.AsMemory(0, length);
    }
}
