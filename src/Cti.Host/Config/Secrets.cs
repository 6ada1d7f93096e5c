// Resolves the references of a pipeline's file: environment variables and files, read when a command begins, and again when a server no longer knows them. What is missing is told at
// its place and by its name; a value is never part of what is told.

using System.Text;
using Cti.Core.Declare;

namespace Cti.Host.Config;

/// <summary>The values behind a pipeline's references. One per file and command.</summary>
public sealed class Secrets
{
    // A key or password; nobody pastes more.
    private const int LongestFile = 64 * 1024;
    private readonly Dictionary<Reference, string> _values = [];
    private readonly PipelineFile _file;
    private readonly IReadOnlyList<PlacedReference> _needed;
    private readonly Func<string, string?> _environment;

    private Secrets(PipelineFile file, IReadOnlyList<PlacedReference> needed, Func<string, string?> environment) =>
        (_file, _needed, _environment) = (file, needed, environment);

    /// <summary>What keeps the values out of messages.</summary>
    public Redactor Redactor { get; private set; } = Redactor.None;

    /// <summary>Looks up references.</summary>
    /// <param name="file">The file they stand in; paths are relative to its folder.</param>
    /// <param name="needed">Those that this command needs.</param>
    /// <param name="environment">Value of an environment variable; null where it is not set.</param>
    /// <param name="problems">Gets one diagnostic for every reference without a value.</param>
    public static Secrets Load(
        PipelineFile file,
        IEnumerable<PlacedReference> needed,
        Func<string, string?> environment,
        List<Diagnostic> problems
    )
    {
        var result = new Secrets(file, [.. needed], environment);
        foreach (var placed in result._needed)
        {
            var (value, problem) = placed.Reference switch
            {
                Reference.Env { name: var name } => FromEnvironment(name, environment),
                Reference.File { path: var path } => FromFile(Path.Combine(file.Folder, path)),
                _ => throw new InvalidOperationException("a new kind of reference"),
            };
            if (problem is null)
            {
                result._values[placed.Reference] = value;
            }
            else
            {
                problems.Add(PlacedReferenceModule.unresolved(placed, problem));
            }
        }

        result.Redactor = Redactor.Of(result._values.Select(pair => (pair.Value, pair.Key.ToString())));
        return result;
    }

    /// <summary>
    /// The same references looked up again: null where every value is what it was, or one cannot be had just now. The old values stay secrets.
    /// </summary>
    public Secrets? Reread()
    {
        var problems = new List<Diagnostic>();
        var again = Load(_file, _needed, _environment, problems);
        if (problems.Count > 0 || again._values.All(pair => _values.GetValueOrDefault(pair.Key) == pair.Value))
        {
            return null;
        }

        again.Redactor = Redactor.Of(
            _values.Concat(again._values).Select(pair => (pair.Value, pair.Key.ToString())).Distinct()
        );
        return again;
    }

    /// <summary>The text with its references resolved; those that were not needed stay as they are written.</summary>
    public ConfiguredText Resolve(Template template) =>
        new(template, template.Resolve(reference => _values.GetValueOrDefault(reference) ?? reference.ToString()));

    private static (string Value, string? Problem) FromEnvironment(string name, Func<string, string?> environment) =>
        environment(name) switch
        {
            null => ("", "the environment variable is not set"),
            "" => ("", "the environment variable is empty"),
            var value => Checked(value),
        };

    private static (string Value, string? Problem) FromFile(string path)
    {
        try
        {
            using var stream = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            var bytes = new byte[LongestFile + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > LongestFile)
            {
                return ("", $"the file is longer than {LongestFile / 1024} KiB: no secret is");
            }

            var value = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
            // Editors end a file with a line end; it is no part of the secret.
            value =
                value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2]
                : value.EndsWith('\n') ? value[..^1]
                : value;
            return value.Length == 0 ? ("", "the file is empty") : Checked(value);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return ("", "there is no such file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ("", $"the file cannot be read: {error.Message}");
        }
        catch (ArgumentException)
        {
            return ("", "the file is not valid UTF-8");
        }
    }

    // A line end inside a value would begin a header of its own, or a second line of a request.
    private static (string Value, string? Problem) Checked(string value) =>
        value.Any(char.IsControl) ? ("", "its value holds a control character, such as a line end") : (value, null);
}
