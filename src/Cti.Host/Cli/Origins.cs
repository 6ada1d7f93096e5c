// From declared origins to origins that can be asked: paths and references resolved, the command line's overrides applied.

using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Enrich;
using Cti.Host.Sources;
using Cti.Host.Sources.Command;
using Cti.Host.Sources.Http;
using Cti.Host.Sources.Taxii;

namespace Cti.Host.Cli;

/// <summary>One per source.</summary>
internal sealed class Origins(Resolver resolver)
{
    /// <summary>`--input NAME=…` in the place of what is declared: files, or standard input; packed and encoded as declared.</summary>
    public static OriginPlan Override(Origin declared, TextEncoding encoding, string input)
    {
        var text = TextOf(declared, encoding);
        return input == FileSource.StandardInput
            ? new StandardInputPlan { Text = text }
            : new FilePlan { Globs = [input], Text = text };
    }

    /// <summary>The origin as declared.</summary>
    public OriginPlan Resolve(Origin declared, TextEncoding encoding)
    {
        var text = TextOf(declared, encoding);
        return declared switch
        {
            Origin.File { Item: var file } => new FilePlan
            {
                Globs = [.. file.Paths.Select(resolver.Path)],
                Text = text,
            },
            Origin.Http { Item: var http } => Http(http, text),
            Origin.Taxii { Item: var taxii } => Taxii(taxii, text),
            Origin.MispFeed { Item: var feed } => new MispFeedPlan
            {
                Folder = Http(feed.Folder, text),
                MaxEvents = feed.MaxEvents,
                Text = text,
            },
            Origin.Command { Item: var command } => new CommandPlan
            {
                Program = resolver.Program(command.Run, command.Environment),
                Timeout = command.Timeout,
                MaxBytes = command.MaxBytes,
                Text = text,
                Redactor = resolver.Redactor,
            },
            Origin.StandardInput => new StandardInputPlan { Text = text },
            _ => throw Unknown(),
        };
    }

    // How the bytes are unpacked and decoded, wherever they come from.
    private static FileReadOptions TextOf(Origin declared, TextEncoding encoding) =>
        new()
        {
            Compression = ToCompression(
                declared switch
                {
                    Origin.File { Item: var file } => file.Compression,
                    Origin.Http { Item: var http } => http.Compression,
                    Origin.MispFeed { Item: var feed } => feed.Folder.Compression,
                    Origin.Taxii { Item: var taxii } => taxii.Page.Compression,
                    Origin.Command { Item: var command } => command.Compression,
                    Origin.StandardInput { Item: var packed } => packed,
                    _ => throw Unknown(),
                }
            ),
            Encoding = encoding,
            Member = declared is Origin.File { Item.Member: { Value: var member } } ? member : null,
        };

    private HttpPlan Http(HttpOrigin http, FileReadOptions text) =>
        new()
        {
            Url = resolver.Text(http.Url),
            Method = http.Method.IsPost ? System.Net.Http.HttpMethod.Post : System.Net.Http.HttpMethod.Get,
            Body = resolver.Optional(http.Body),
            Connection = resolver.Connection(http.Connection),
            Timeout = http.Timeout,
            StallTimeout = http.StallTimeout,
            MaxBytes = http.MaxBytes,
            MaxRedirects = http.MaxRedirects,
            ContentTypes = [.. http.ContentTypes],
            Retries = http.Retries,
            RetryDelay = http.RetryDelay,
            Text = text,
            Redactor = resolver.Redactor,
            Reread = () => resolver.Reread() is { } changed ? new Origins(changed).Http(http, text) : null,
        };

    /// <summary>A service that enriches.</summary>
    public AnswerPlan Service(HttpEnricher service) =>
        new()
        {
            Name = service.Name.Value,
            Types = [.. service.Types],
            Where = service.Where?.Value,
            Page = Http(service.Page, new FileReadOptions { Compression = Sources.Compression.None }),
            Facts = service.Facts,
            MaxTlp = service.MaxTlp,
            Ttl = service.Ttl,
            NegativeTtl = service.NegativeTtl,
            RequestsPerMinute = service.RequestsPerMinute,
            MaxRequests = service.MaxRequests,
            MaxTime = service.MaxTime,
            Parallel = service.Parallel,
        };

    private TaxiiPlan Taxii(TaxiiOrigin taxii, FileReadOptions text) =>
        new()
        {
            Page = Http(taxii.Page, text),
            Collection = taxii.Collection is { Value: var collection } ? collection : null,
            Match =
            [
                .. Filter("match[type]", taxii.Match.Types),
                .. Filter("match[id]", taxii.Match.Ids),
                .. Filter("match[spec_version]", taxii.Match.SpecVersions),
                .. Filter("match[version]", taxii.Match.Versions.Select(TaxiiVersionModule.wire)),
            ],
            Types = [.. taxii.Match.Types],
            AddedAfter = taxii.AddedAfter is { Value: var after }
                ? TimestampModule.ofDateTimeOffset(after)
                : TimestampModule.none,
            Limit = taxii.Limit,
            Text = text,
        };

    // TAXII 2.1, section 3.5: a comma is an OR.
    private static IEnumerable<(string Name, string Value)> Filter(string name, IEnumerable<string> values) =>
        string.Join(',', values) is { Length: > 0 } joined ? [(name, joined)] : [];

    private static Sources.Compression ToCompression(Core.Declare.Compression declared) =>
        declared.IsGzip ? Sources.Compression.Gzip
        : declared.IsZip ? Sources.Compression.Zip
        : declared.IsZst ? Sources.Compression.Zst
        : declared.IsNone ? Sources.Compression.None
        : Sources.Compression.Auto;

    private static InvalidOperationException Unknown() => new("a new kind of origin");
}
