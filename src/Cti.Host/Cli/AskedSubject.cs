// A value that a user asks about: as written anywhere, of the type it has or was given.

using System.CommandLine;
using Cti.Core;

namespace Cti.Host.Cli;

internal static class AskedSubject
{
    /// <summary>`--type`.</summary>
    public static Option<string?> CreateType() =>
        new("--type") { Description = "Its type, where it could be several things.", HelpName = "TYPE" };

    /// <summary>What the value may be; null, and told, where there is no such type.</summary>
    public static TypeHint? Hint(CommandIo io, string? typeName)
    {
        if (typeName is null)
        {
            return TypeHint.Auto;
        }

        if (ObservableTypeModule.tryParse(typeName) is { IsSome: true } type)
        {
            return TypeHint.NewFixed(type.Value);
        }

        io.Error.WriteLine(
            $"--type {typeName}: no such type; there are {string.Join(", ", ObservableTypeModule.all.Select(ObservableTypeModule.name))}"
        );
        return null;
    }

    /// <summary>The subject; null, and told, where the value is none.</summary>
    public static Subject? Parse(CommandIo io, TypeHint hint, string value)
    {
        var parsed = Normalise.tryParse(hint, value);
        if (parsed.IsOk)
        {
            return parsed.ResultValue;
        }

        io.Error.WriteLine(
            $"{value}: {NormaliseErrorModule.code(parsed.ErrorValue)} {NormaliseErrorModule.message(parsed.ErrorValue)}"
        );
        return null;
    }
}
