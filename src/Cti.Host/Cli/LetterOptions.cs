// The filters of `cti dead-letters`, and how they become a LetterFilter.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cti.Core.Declare;
using Cti.Host.Letters;

namespace Cti.Host.Cli;

/// <summary>One set per command.</summary>
internal sealed class LetterOptions
{
    private static readonly string[] Statuses = ["open", "replayed", "purged", "all"];

    private readonly Option<string?> _stage = new("--stage")
    {
        Description = "Only of this stage: read, map, normalise, or sink:NAME.",
        HelpName = "STAGE",
    };

    private readonly Option<string?> _code = new("--code") { Description = "Only with this code.", HelpName = "CODE" };

    private readonly Option<string?> _source = new("--source")
    {
        Description = "Only of this source.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _since = new("--since")
    {
        Description = "Only those last met since then: 24h, 7d, or a time such as 2026-01-01T00:00:00Z.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _olderThan = new("--older-than")
    {
        Description = "Only those last met before then: 30d, or a time.",
        HelpName = "TIME",
    };

    private readonly Option<string> _status = new("--status")
    {
        Description = "Only those that are open, replayed or purged; or all.",
        HelpName = "STATUS",
    };

    private readonly bool _hasStatus;

    /// <param name="status">What `--status` is where it is not given; null: the command has no such option.</param>
    public LetterOptions(string? status)
    {
        _hasStatus = status is not null;
        _status.DefaultValueFactory = _ => status ?? "open";
    }

    public void AddTo(Command command)
    {
        Option[] all = [_stage, _code, _source, _since, _olderThan];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        if (_hasStatus)
        {
            command.Options.Add(_status);
        }

        command.Validators.Add(result =>
        {
            CheckTime(result, _since);
            CheckTime(result, _olderThan);
            if (_hasStatus && result.GetValue(_status) is { } status && !Statuses.Contains(status))
            {
                result.AddError($"--status {status}: one of {string.Join(", ", Statuses)}");
            }
        });
    }

    /// <summary>What the command line says.</summary>
    public LetterFilter Read(ParseResult result, IReadOnlyList<string> ids) =>
        new()
        {
            Ids = ids,
            Stage = result.GetValue(_stage),
            Code = result.GetValue(_code),
            Source = result.GetValue(_source),
            Since = result.GetValue(_since) is { } since ? Time(since) : null,
            Before = result.GetValue(_olderThan) is { } before ? Time(before) : null,
            Status = !_hasStatus || result.GetValue(_status) == "all" ? null : result.GetValue(_status),
        };

    private static void CheckTime(CommandResult result, Option<string?> option)
    {
        if (result.GetValue(option) is { } text && Time(text) is null)
        {
            result.AddError($"{option.Name} {text}: write 24h, 7d, or a time such as 2026-01-01T00:00:00Z");
        }
    }

    // A duration counts back from the clock.
    private static DateTime? Time(string text)
    {
        var span = Literal.duration.Parse.Invoke(text);
        return span.IsOk ? (TimeProvider.System.GetUtcNow() - span.ResultValue).UtcDateTime
            : DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time
            )
                ? time.UtcDateTime
            : null;
    }
}
