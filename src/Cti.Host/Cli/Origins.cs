// From declared origins to origins that can be asked: paths and references resolved, the command line's overrides applied.

using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Sources;
using Cti.Host.Sources.Command;
using Cti.Host.Sources.Http;
using Microsoft.FSharp.Core;

namespace Cti.Host.Cli;

/// <summary>One per source.</summary>
/// <param name="secrets">Values of references.</param>
/// <param name="under">Resolves a path against the pipeline's folder.</param>
/// <param name="folder">The pipeline's folder, absolute.</param>
internal sealed class Origins(Secrets secrets, Func<string, string> under, string folder)
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
            Origin.File { Item: var file } => new FilePlan { Globs = [.. file.Paths.Select(Under)], Text = text },
            Origin.Http { Item: var http } => Http(http, text),
            Origin.Command { Item: var command } => new CommandPlan
            {
                Run = [.. command.Run.Select(secrets.Resolve)],
                Folder = folder,
                Environment = Texts(command.Environment),
                Timeout = command.Timeout,
                MaxBytes = command.MaxBytes,
                Text = text,
                Redactor = secrets.Redactor,
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
            Url = secrets.Resolve(http.Url),
            Method = http.Method.IsPost ? System.Net.Http.HttpMethod.Post : System.Net.Http.HttpMethod.Get,
            Body = Optional(http.Body),
            Headers = Texts(http.Headers),
            Basic = http.Basic is { Value: var basic }
                ? (secrets.Resolve(basic.User), secrets.Resolve(basic.Password))
                : null,
            ClientCertificate = http.ClientCertificate is { Value: var files }
                ? new ClientCertificatePlan(Under(files.Certificate), Under(files.Key), Optional(files.Password))
                : null,
            Authorities = http.Authorities is { Value: var authorities } ? Under(authorities) : null,
            Proxy = http.Proxy switch
            {
                ProxyRule.Address { Item: var address } => new ProxyPlan.Fixed(secrets.Resolve(address)),
                { IsDirect: true } => new ProxyPlan.Direct(),
                _ => new ProxyPlan.FromEnvironment(),
            },
            Timeout = http.Timeout,
            ConnectTimeout = http.ConnectTimeout,
            StallTimeout = http.StallTimeout,
            MaxBytes = http.MaxBytes,
            MaxRedirects = http.MaxRedirects,
            ContentTypes = [.. http.ContentTypes],
            Retries = http.Retries,
            RetryDelay = http.RetryDelay,
            Text = text,
            Redactor = secrets.Redactor,
            Reread = () =>
                secrets.Reread() is { } changed ? new Origins(changed, under, folder).Http(http, text) : null,
        };

    private string Under(Template path) => under(secrets.Resolve(path).Reveal());

    private ConfiguredText? Optional(FSharpOption<Template>? text) => text is null ? null : secrets.Resolve(text.Value);

    private List<(string Name, ConfiguredText Value)> Texts(IEnumerable<Tuple<string, Template>> texts) =>
        [.. texts.Select(pair => (pair.Item1, secrets.Resolve(pair.Item2)))];

    private static Sources.Compression ToCompression(Core.Declare.Compression declared) =>
        declared.IsGzip ? Sources.Compression.Gzip
        : declared.IsZip ? Sources.Compression.Zip
        : declared.IsZst ? Sources.Compression.Zst
        : declared.IsNone ? Sources.Compression.None
        : Sources.Compression.Auto;

    private static InvalidOperationException Unknown() => new("a new kind of origin");
}
