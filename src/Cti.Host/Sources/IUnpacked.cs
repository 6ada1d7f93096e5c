// What FileContent asks of a packed format: its bytes, one text after the other.
namespace Cti.Host.Sources;

/// <summary>A file being unpacked. Read it to the end of a text, then ask for the next one.</summary>
internal interface IUnpacked : IDisposable
{
    /// <summary>Packed bytes consumed so far: the measure of bombs, and progress.</summary>
    long Taken { get; }

    /// <summary>The entry being read, as the archive names it; null where the file is one text without a name.</summary>
    string? Entry { get; }

    /// <summary>Moves to the next text; false where there is none. A file begins at its first text, if it has one.</summary>
    bool NextEntry();

    /// <summary>Reads up to as many bytes as fit; 0 at the end of the text, which is a whole one then.</summary>
    /// <exception cref="InvalidDataException">The text is damaged, or cut off.</exception>
    int Read(Span<byte> target);
}
