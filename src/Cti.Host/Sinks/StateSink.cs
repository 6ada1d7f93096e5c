// One state sink while a plan is made: what it wants of a batch, what that means for what it holds, and the new content of its file.
// Knows one sink; the pass over the store's claims is StatePass.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Delivery;
using Cti.Host.Store;
using Cti.Host.Tracing;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sinks;

/// <summary>A sink's plan, made.</summary>
internal sealed class StateSink : IPassSink, IDisposable
{
    private readonly IStateOutput _output;
    private readonly EntryWriter _entries;
    private readonly SinkRule _rule;
    private readonly DuckDbConnection _connection;
    private readonly DuckDbTransaction _transaction;

    // Null where the plan is only shown.
    private readonly DeliveryAppender? _deliveries;
    private readonly HeldBackCount _heldBack = new();
    private readonly LeftOutTable _leftOut;
    private readonly NumberTable? _numbers;
    private readonly IPlanViewer? _show;
    private long _held;
    private long _added;
    private long _changed;
    private long _withdrawn;
    private long _rows;
    private long _expired;

    /// <summary>Opens the sink's transaction and its pending file.</summary>
    /// <param name="spec">The sink.</param>
    /// <param name="store">Where deliveries are written.</param>
    /// <param name="acknowledgement">The number the deliveries of this plan go by.</param>
    /// <param name="now">For renderers that print the time.</param>
    /// <param name="show">Who is shown the steps; null for nobody.</param>
    public StateSink(StateSinkSpec spec, StoreFile store, long acknowledgement, long now, IPlanViewer? show)
    {
        Spec = spec;
        Acknowledgement = acknowledgement;
        _show = show;
        _output = spec.Render switch
        {
            _ when spec.IsPreview => new PreviewOutput(spec.Render),
            RenderSpec.StixBundle render when spec.IsCollection => new CollectionOutput(store, spec, render, now),
            RenderSpec.MispEvent render => new MispEventOutput(spec.Path, render, now),
            RenderSpec.MispFeed render => new MispFeedOutput(spec.Path, render, now),
            _ => new FileOutput(spec.Path, spec.Render, now, spec.LastReceipt),
        };
        _entries = new EntryWriter(spec.Selection, _output.Add);
        _rule = new SinkRule(spec.Where, _output.Renderer);
        _connection = store.Connect();
        _transaction = _connection.BeginTransaction();
        _deliveries = spec.IsPreview ? null : new DeliveryAppender(_connection, spec.Number, acknowledgement);
        _leftOut = new LeftOutTable(_connection, spec.Number);
        _leftOut.Begin();
        _numbers = !spec.IsPreview && spec.Numbers is { } given ? new NumberTable(store, given) : null;
    }

    public StateSinkSpec Spec { get; }

    public Tlp MaxTlp => Spec.MaxTlp;

    public int? Holder => Spec.HoldsAnything ? Spec.Number : null;

    public int? Numbered => _numbers?.Sink;

    public long Acknowledgement { get; }

    /// <summary>Why the sink failed; it is fed no further.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Indicators looked at, held afterwards, left out.</summary>
    public StageCounts Counts => new(Seen, 0, _rows, Seen - _rows, 0, 0, 0, 0);

    public long Seen { get; private set; }

    /// <summary>What the format could not say of what the sink holds.</summary>
    public LossList Losses => _output.Losses;

    /// <summary>Whether the new content is another one than what was applied last, although the plan may be empty: foreign objects are in no plan.</summary>
    public bool HasOtherObjects => _output.HasOtherObjects(Spec.LastReceipt);

    /// <summary>The plan's size.</summary>
    public PlanCounts Plan => new(_held, _added, _changed, _withdrawn);

    /// <summary>
    /// What lists hold back, what has no entry of its own, for a summary, and why a set is empty when its entries are merely old: nobody sees that from an empty file. Empty where
    /// there is nothing to tell.
    /// </summary>
    public string LeftOutSummary =>
        _heldBack.Describe()
        + _leftOut.Describe(Spec.Selection)
        + _entries.Summary
        + (
            _rows == 0 && _expired > 0
                ? FormattableString.Invariant(
                    $"; {_expired:N0} of {Seen:N0} expired, not seen for longer than their lifetime (--now TIME looks at them as of then)"
                )
                : ""
        );

    /// <summary>Looks at a batch: rows in canonical order, with what the sink acknowledged of each.</summary>
    public void Feed(IndicatorBatch batch, KnownRows known, ExitScreen screen)
    {
        if (Fault is not null)
        {
            return;
        }

        try
        {
            Span<int> selected = stackalloc int[batch.Capacity];
            var count = 0;
            for (var row = 0; row < batch.Count; row++)
            {
                var fits = _rule.Wants(batch, row);
                var heldBack = fits ? screen.Ask(batch.Subject[row]) : null;
                var leftOut = fits && heldBack is null ? Spec.Selection?.Judge(batch, row) ?? LeftOut.No : LeftOut.No;
                var wanted = fits && heldBack is null && leftOut == LeftOut.No;
                var acknowledged = known.Revisions[row];
                var step = Core.Plan.step(wanted, batch.Revision[row], acknowledged);
                var ends = !wanted && _output.PublishesEnds && !step.IsNone && !batch.Status[row].IsActive;
                if ((wanted || ends) && (_output.WantsAll || !step.IsNone))
                {
                    selected[count++] = row;
                    batch.Number[row] = _numbers?.Of(batch.Subject[row], known.Numbers[row]) ?? 0;
                }

                if (step.IsWithdraw && !ends)
                {
                    _output.End(batch.Id[row]);
                }

                if (heldBack is not null)
                {
                    _heldBack.Add(heldBack);
                }

                if (leftOut != LeftOut.No)
                {
                    _leftOut.Add(batch.Subject[row], leftOut);
                }

                Take(step, batch, row, acknowledged, heldBack, leftOut);
                _rows += wanted ? 1 : 0;
                _expired += !wanted && batch.Status[row].IsExpired ? 1 : 0;
            }

            Seen += batch.Count;
            _entries.Add(batch, selected[..count]);
        }
        catch (Exception error) when (error is SinkException or DuckDbException)
        {
            Fault = error;
        }
    }

    /// <summary>An indicator the sink acknowledged but may not see any more.</summary>
    public void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged)
    {
        if (Fault is not null)
        {
            return;
        }

        Seen++;
        if (acknowledged == 0)
        {
            return;
        }

        _held++;
        _withdrawn++;
        _output.End(indicator);
        _deliveries?.Add(claims.Subject[row], acknowledged, ChangeOpModule.code(ChangeOp.Withdrawn));
        if (_show is { } viewer && viewer.Looks(Spec.Name))
        {
            viewer.Show(
                Spec.Name,
                new PlannedStep(
                    "withdraw",
                    ObservableTypeModule.name(claims.Type[row]),
                    claims.Value.Text(row),
                    "no claim this sink may see"
                )
            );
        }
    }

    /// <summary>Ends the content; no row comes any more.</summary>
    public void Finish()
    {
        if (Fault is not null)
        {
            return;
        }

        try
        {
            _output.AddObjects(_connection, Spec.Pipeline, Spec.MaxTlp);
            _output.Finish(_rows - _entries.Saved);
            _deliveries?.Close();
            _leftOut.Close();
            _numbers?.Close();
        }
        catch (Exception error) when (error is SinkException or DuckDbException)
        {
            Fault = error;
        }
    }

    /// <summary>Whether what the sink last applied is there, and nothing else is to be there now.</summary>
    public bool IsInPlace => _output.IsInPlace(Spec.LastReceipt);

    /// <summary>Nothing is to be applied: keeps what is left out now, which no step tells.</summary>
    public void Keep()
    {
        _numbers?.Commit();
        _transaction.Commit();
    }

    /// <summary>
    /// Lets the checker look at the new content, puts it in place, tells the tool, then commits what was acknowledged. A crash before that leaves the
    /// new file and the old word: the next run plans the same steps again, writes the same bytes and tells the tool again.
    /// </summary>
    /// <exception cref="SinkException">The checker or the tool did not take it: what was there before stands there again.</exception>
    public string Apply(DateTime acknowledgedAt, CancellationToken abort)
    {
        if (Spec.Check is { } check && _output.Seal() is { } waiting)
        {
            using var _ = Spans.Start(Spans.FileCheck);
            if (ToolRun.Run(check, waiting, abort) is { } complaint)
            {
                throw new SinkException(
                    $"the checker does not take the new {Spec.Path}: {complaint} What stood there before is untouched. `cti plan` shows what is new in it; `cti export` renders it."
                )
                {
                    Code = "CTI-SINK-005",
                };
            }
        }

        // Before anybody sees the file that shows them.
        _numbers?.Commit();
        var receipt = Receipts.Rendered(Replace(acknowledgedAt, abort), Spec.RenderDeclared);
        _connection.Run(
            "INSERT INTO store.acknowledgements VALUES ($1, $2, $3, $4)",
            Acknowledgement,
            Spec.Number,
            acknowledgedAt,
            receipt
        );
        using (Spans.Start(Spans.PlanCommit))
        {
            _transaction.Commit();
        }

        return receipt;
    }

    /// <summary>The plan waits: what something that was killed left in the file's place is no part of it, and goes.</summary>
    /// <exception cref="SinkException">The former file could not be put back, or the tool does not take it.</exception>
    public void PutBack(CancellationToken abort)
    {
        if (Spec.IsCollection || !OldFile.IsLeft(Spec.Path, Spec.LastReceipt))
        {
            return;
        }

        using var old = new OldFile(Spec.Path, Spec.LastReceipt);
        old.Restore();
        if (Spec.Reload is { } reload && ToolRun.Run(reload, Spec.Path, abort) is { } complaint)
        {
            throw new SinkException($"the former {Spec.Path} was put back, but the tool does not take it: {complaint}")
            {
                Code = "CTI-SINK-006",
            };
        }
    }

    private string Replace(DateTime at, CancellationToken abort)
    {
        using var old =
            Spec.IsCollection || (Spec.Reload is null && !OldFile.IsLeft(Spec.Path, Spec.LastReceipt))
                ? null
                : new OldFile(Spec.Path, Spec.LastReceipt);
        string receipt;
        using (Spans.Start(Spans.FileReplace))
        {
            receipt = _output.Replace(at);
        }

        if (Spec.Reload is not { } reload || ToolRun.Run(reload, Spec.Path, abort) is not { } complaint)
        {
            return receipt;
        }

        old!.Restore();
        // The tool may have let go of the old set already. Not stopped by whoever stops the run.
        var again = ToolRun.Run(reload, Spec.Path, CancellationToken.None);
        throw new SinkException(
            $"the tool did not take the new {Spec.Path}: {complaint} What stood there before was put back"
                + (
                    again is null
                        ? ", and the tool took that."
                        : $", but the tool does not take that either: {again} Look at the tool itself."
                )
        )
        {
            Code = "CTI-SINK-006",
        };
    }

    public void Dispose()
    {
        _numbers?.Dispose();
        _leftOut.Dispose();
        _deliveries?.Dispose();
        _transaction.Dispose();
        _connection.Dispose();
        _output.Dispose();
    }

    private void Take(
        PlanStep step,
        IndicatorBatch batch,
        int row,
        int acknowledged,
        HoldReason? heldBack,
        LeftOut leftOut
    )
    {
        _held += acknowledged > 0 ? 1 : 0;
        if (step.IsAdd)
        {
            _added++;
            _deliveries?.Add(batch.Subject[row], batch.Revision[row], ChangeOpModule.code(ChangeOp.Added));
        }
        else if (step.IsChange)
        {
            _changed++;
            _deliveries?.Add(batch.Subject[row], batch.Revision[row], ChangeOpModule.code(ChangeOp.Changed));
        }
        else if (step.IsWithdraw)
        {
            _withdrawn++;
            _deliveries?.Add(batch.Subject[row], batch.Revision[row], ChangeOpModule.code(ChangeOp.Withdrawn));
        }
        else if (leftOut == LeftOut.No)
        {
            return;
        }

        if (_show is not { } viewer || !viewer.Looks(Spec.Name))
        {
            return;
        }

        viewer.Show(
            Spec.Name,
            new PlannedStep(
                step.IsAdd ? "add"
                    : step.IsChange ? "change"
                    : step.IsWithdraw ? "withdraw"
                    : "leave_out",
                ObservableTypeModule.name(batch.Type[row]),
                batch.Value.Text(row),
                heldBack?.Text ?? Spec.Selection?.Reason(batch, row, leftOut) ?? _rule.Reason(batch, row)
            )
        );
    }
}
