// cti run --watch: connects a service to the terminal and to signals.

using System.Runtime.InteropServices;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Serve;

namespace Cti.Host.Cli;

internal static class ServeAction
{
    public static async Task<int> RunAsync(ServiceOptions options)
    {
        using var io = CommandIo.Console();
        using var killSwitch = new KillSwitch();
        using var service = new Service(
            options,
            RunEnvironment.System,
            killSwitch,
            report =>
            {
                if (options.Run.Json)
                {
                    RunCommand.Print(io, report, options.Run);
                }
            }
        );
        using var signals = new Signals(killSwitch, Console.Error, options.DrainTimeout, service.Board.InFlight);
        using var hangup = PosixSignalRegistration.Create(
            PosixSignal.SIGHUP,
            context =>
            {
                context.Cancel = true;
                service.Reload();
            }
        );
        return await service.RunAsync();
    }
}
