// cti serve: a service that also answers who asks: TAXII clients, firewalls that fetch their lists, people and programs that ask about a value.

using System.CommandLine;
using System.Net;
using Cti.Host.Serve.Web;

namespace Cti.Host.Cli;

internal static class ServeCommand
{
    private const string DefaultAddress = "127.0.0.1:9464";

    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var listen = new Option<string>("--listen")
        {
            Description = "Where to serve. Beyond this machine only with --tls-cert, --tls-key and users.",
            DefaultValueFactory = _ => DefaultAddress,
            HelpName = "ADDRESS:PORT",
        };
        var users = UsersOption();
        var certificate = new Option<string?>("--tls-cert")
        {
            Description = "The server's certificate, PEM, with those between it and a known authority.",
            HelpName = "PATH",
        };
        var key = new Option<string?>("--tls-key") { Description = "The certificate's key, PEM.", HelpName = "PATH" };
        var watch = new WatchOptions();
        var options = new CommonOptions();
        var command = new Command(
            "serve",
            """
            Keep pipelines running on their schedules, as `cti run --watch` does, and serve what they hold: a TAXII 2.1 server (/taxii2/), lists for
            firewalls (/lists/PIPELINE/SINK), what is known of a value (/api/indicators/VALUE), /health and /metrics.

            Examples:
              cti serve pipelines
              cti serve pipelines --users users.json --listen 0.0.0.0:443 --tls-cert server.pem --tls-key server.key
              curl http://127.0.0.1:9464/api/indicators/192.0.2.10
            """
        )
        {
            pipelines,
            listen,
            users,
            certificate,
            key,
        };
        watch.AddTo(command);
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            // A default is no value yet while what was given is looked at.
            if (result.GetValue(listen) is { } given && Address(given) is null)
            {
                result.AddError(
                    $"CTI-SERVICE-006 --listen {given}: write an address and a port, such as {DefaultAddress} or [::1]:9464"
                );
            }
            else if (
                result.GetValue(listen) is { } wide
                && !IPAddress.IsLoopback(Address(wide)!.Address)
                && result.GetValue(certificate) is null
            )
            {
                result.AddError(
                    $"CTI-SERVICE-006 --listen {wide}: beyond this machine nothing is served without TLS: give --tls-cert and --tls-key"
                );
            }

            if (result.GetValue(certificate) is null != result.GetValue(key) is null)
            {
                result.AddError("--tls-cert and --tls-key belong together");
            }
        });
        command.SetAction(result =>
            ServeAction.RunAsync(
                watch.Read(result, result.GetValue(pipelines)!, options.Read(result)) with
                {
                    Web = new WebOptions(
                        Address(result.GetValue(listen)!)!,
                        result.GetValue(users)!,
                        result.GetValue(certificate),
                        result.GetValue(key)
                    ),
                }
            )
        );
        return command;
    }

    /// <summary>Where the users are: the same for who serves and who edits them.</summary>
    public static Option<string> UsersOption() =>
        new("--users")
        {
            Description = "The file of users (cti user).",
            DefaultValueFactory = _ => UserFile.Default,
            HelpName = "PATH",
        };

    private static IPEndPoint? Address(string text)
    {
        var named = text.StartsWith("localhost:", StringComparison.Ordinal)
            ? "127.0.0.1" + text["localhost".Length..]
            : text;
        return IPEndPoint.TryParse(named, out var address) && address.Port > 0 ? address : null;
    }
}
