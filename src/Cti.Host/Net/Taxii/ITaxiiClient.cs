// What a directory needs of a client of a TAXII server.

using System.Text.Json;

namespace Cti.Host.Net.Taxii;

/// <summary>Asks one server under its credentials. A failure is an exception of the client's own, after all its retries.</summary>
internal interface ITaxiiClient
{
    /// <summary>Where the declared URL leads.</summary>
    Uri Address { get; }

    /// <summary>What may be shown of a URL.</summary>
    string Shown(Uri url);

    /// <summary>A resource, which is a JSON object; the caller disposes of it.</summary>
    /// <param name="url">On the origin of <see cref="Address"/>: credentials go along.</param>
    /// <param name="stop">Ends it at once.</param>
    Task<JsonDocument> GetAsync(Uri url, CancellationToken stop);
}
