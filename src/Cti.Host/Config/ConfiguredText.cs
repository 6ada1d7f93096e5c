// A text of a pipeline's file after its references were resolved. It prints as it was written: the value leaves it only by asking for it.

using Cti.Core.Declare;

namespace Cti.Host.Config;

/// <summary>A configured text that may hold a secret.</summary>
public sealed class ConfiguredText
{
    private readonly string _written;
    private readonly string _value;

    internal ConfiguredText(Template written, string value)
    {
        _written = written.ToString();
        _value = value;
        References = [.. written.References.Select(reference => reference.ToString())];
    }

    /// <summary>The references in it as they are written; where there are any, the value counts as a secret.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>The value itself. Never part of a message.</summary>
    public string Reveal() => _value;

    /// <summary>As it was written.</summary>
    public override string ToString() => _written;
}
