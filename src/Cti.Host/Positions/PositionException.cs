// A cursor that cannot be put where somebody wants it.

namespace Cti.Host.Positions;

/// <summary>Nothing was changed; the message says why and what to write instead.</summary>
public sealed class PositionException(string code, string message) : Exception(code + " " + message);
