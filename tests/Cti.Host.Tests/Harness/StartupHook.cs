// Inside the shipped `cti`, started by WarmCti: takes commands one after the other and runs the program's own entry point for each. The runtime calls a
// startup hook by the name of this class and its method, before anything of the program (dotnet/runtime, docs/design/features/host-startup-hook.md).

using System.IO.Pipes;
using System.Text.Json;
using Cti.Host.Tests.Harness;

internal static class StartupHook
{
    /// <summary>Never returns: ends the process when nobody asks any more.</summary>
    public static void Initialize()
    {
        var name = Environment.GetEnvironmentVariable(WarmCti.PipeVariable)!;
        var mark = Environment.GetEnvironmentVariable(WarmCti.MarkVariable)!;
        // What `cti` starts is none of ours.
        foreach (var variable in WarmCti.Variables)
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        using var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut);
        pipe.Connect(TimeSpan.FromSeconds(60));
        using var requests = new StreamReader(pipe);
        using var answers = new StreamWriter(pipe) { AutoFlush = true };
        while (requests.ReadLine() is { } line)
        {
            var command = JsonSerializer.Deserialize<WarmCommand>(line)!;
            Directory.SetCurrentDirectory(command.Folder);
            // What is not caught ends this process, as it would end the user's.
            var exit = AppDomain.CurrentDomain.ExecuteAssemblyByName("cti", command.Arguments);
            // The folder may be deleted now.
            Directory.SetCurrentDirectory("/");
            Console.Out.Write(mark);
            Console.Error.Write(mark);
            answers.WriteLine(exit);
        }

        Environment.Exit(0);
    }
}
