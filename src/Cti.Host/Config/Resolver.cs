// From what is declared of connections and programs to what can be connected and started: paths and references resolved.

using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Net;
using Cti.Host.Programs;
using Cti.Host.Sinks;
using Microsoft.FSharp.Core;

namespace Cti.Host.Config;

/// <summary>One per pipeline's file.</summary>
/// <param name="secrets">Values of references.</param>
/// <param name="under">Resolves a path against the pipeline's folder.</param>
/// <param name="folder">The pipeline's folder, absolute.</param>
internal sealed class Resolver(Secrets secrets, Func<string, string> under, string folder)
{
    public Redactor Redactor => secrets.Redactor;

    /// <summary>The same with its references looked up again; null where no value is another.</summary>
    public Resolver? Reread() => secrets.Reread() is { } changed ? new(changed, under, folder) : null;

    public ConfiguredText Text(Template text) => secrets.Resolve(text);

    public ConfiguredText? Optional(FSharpOption<Template>? text) => text is null ? null : secrets.Resolve(text.Value);

    public string Path(Template path) => under(secrets.Resolve(path).Reveal());

    public ProgramPlan Program(IEnumerable<Template> run, IEnumerable<Tuple<string, Template>> environment) =>
        new([.. run.Select(secrets.Resolve)], folder, Texts(environment));

    public SinkProgramPlan SinkProgram(SinkProgram declared) =>
        new(Program(declared.Run, declared.Environment), declared.Timeout, Redactor);

    /// <summary>Who looks at a set's new file; null for nobody.</summary>
    public SinkProgramPlan? Check(Core.Declare.StateSink sink) =>
        sink.Check?.Value switch
        {
            SinkCheck.Program { Item: var program } => SinkProgram(program),
            SinkCheck.BuiltIn { timeout: var timeout } => new SinkProgramPlan(
                Program(FormatCheck.command(sink.Render).Value.Select(TemplateModule.ofText), []),
                timeout,
                Redactor
            ),
            _ => null,
        };

    public CredentialsPlan? Credentials(FSharpOption<BasicCredentials>? declared) =>
        declared is { Value: var login } ? new CredentialsPlan(Text(login.User), Text(login.Password)) : null;

    public TlsPlan Tls(TlsSettings tls) =>
        new(
            tls.ClientCertificate is { Value: var files }
                ? new ClientCertificatePlan(Path(files.Certificate), Path(files.Key), Optional(files.Password))
                : null,
            tls.Authorities is { Value: var authorities } ? Path(authorities) : null
        );

    public HttpConnectionPlan Connection(HttpConnection http) =>
        new()
        {
            Headers = Texts(http.Headers),
            Basic = Credentials(http.Basic),
            Tls = Tls(http.Tls),
            Proxy = http.Proxy switch
            {
                ProxyRule.Address { Item: var address } => new ProxyPlan.Fixed(Text(address)),
                { IsDirect: true } => new ProxyPlan.Direct(),
                _ => new ProxyPlan.FromEnvironment(),
            },
            ConnectTimeout = http.ConnectTimeout,
        };

    private List<(string Name, ConfiguredText Value)> Texts(IEnumerable<Tuple<string, Template>> texts) =>
        [.. texts.Select(pair => (pair.Item1, Text(pair.Item2)))];
}
