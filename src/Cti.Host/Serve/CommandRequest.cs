// What a client asks the owner of a store for: a command line, and where its user stands.

using System.Text.Json.Serialization;

namespace Cti.Host.Serve;

/// <summary>One request, the first frame of a connection, as JSON.</summary>
/// <param name="Version">The client's, for messages.</param>
/// <param name="Arguments">The command and its arguments; paths are absolute.</param>
/// <param name="Folder">Where the user stands: how paths are shown.</param>
/// <param name="Columns">Of the user's terminal; 0 where there is none.</param>
/// <param name="Rows">Of the user's terminal; 0 where there is none.</param>
internal sealed record CommandRequest(string Version, string[] Arguments, string Folder, int Columns, int Rows);

[JsonSerializable(typeof(CommandRequest))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class RequestJson : JsonSerializerContext;
