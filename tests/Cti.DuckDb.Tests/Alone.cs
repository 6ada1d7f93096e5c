// Tests that watch the whole process's memory: what others do beside them would count as theirs, so they run alone.

using Xunit;

namespace Cti.DuckDb.Tests;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
