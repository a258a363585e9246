using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ALoRA.Onnx.Intrinsics.Running;
using ALoRA.Onnx.Training.Data;

namespace ALoRA.Onnx.Training;

/// <summary>
/// Rows of JSONL files as token ids, rendered on the runtime's own way, checked, and split into rows to train on and rows held out.
/// Does not change; any thread.
/// </summary>
/// <remarks>
/// One JSON object a line, one form a file: <c>{"messages": […], "completion": "…"}</c>; TRL's <c>{"prompt": […], "completion": …}</c> and
/// <c>{"messages": […, assistant]}</c>; <c>{"prompt": "rendered text", "completion": "…"}</c>; mellea's <c>{"item": "…", "label": "…"}</c>,
/// of which the item becomes a user's message. <c>documents</c> and <c>tools</c> go to the template, <c>arguments</c> to the definition's
/// instruction, <c>correct</c> to the evaluation.
/// </remarks>
public sealed class TrainingData
{
    private TrainingData(
        PromptForm form, IReadOnlyList<TrainingExample> rows, IReadOnlyList<TrainingExample> held, int leftOut, int shared)
    {
        Form = form;
        Rows = rows;
        HeldOut = held;
        LeftOut = leftOut;
        Shared = shared;
        Hash = HashOf(rows, held);
    }

    /// <summary>Rows to train on, in the file's order.</summary>
    public IReadOnlyList<TrainingExample> Rows { get; }

    /// <summary>Rows that are held out; may be empty.</summary>
    public IReadOnlyList<TrainingExample> HeldOut { get; }

    /// <summary>Rows that were too long and left out, as asked for.</summary>
    public int LeftOut { get; }

    /// <summary>Rows that are held out and were therefore not trained on, as asked for.</summary>
    public int Shared { get; }

    /// <summary>Rows of which the prompt was cut, as asked for.</summary>
    public int Cut => Rows.Concat(HeldOut).Count(row => row.CutTokens > 0);

    /// <summary>SHA-256 of all ids and places, in lower-case hexadecimal digits: who has it equal trains the same.</summary>
    public string Hash { get; }

    /// <summary>Ids from which on an activated LoRA acts; empty for a plain LoRA.</summary>
    public IReadOnlyList<int> InvocationTokens => Form.InvocationTokens;

    internal PromptForm Form { get; }

    /// <summary>Reads and checks all rows.</summary>
    /// <param name="model">The base, whose tokenizer and template render them.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">Kind, invocation, lengths and what is held out.</param>
    /// <param name="cancellationToken">Cancels between rows.</param>
    /// <exception cref="TrainingDataException">Rows are faulty; all of them are listed.</exception>
    /// <exception cref="ArgumentException">Options are out of range, missing or contradict each other.</exception>
    /// <exception cref="FormatException">An <c>io.yaml</c> or adapter that the options name is malformed.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TrainingData Read(
        AloraModel model, string path, TrainingOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        List<TrainingFault> faults = [];
        List<(int Line, DataRow Row)> rows = RowFile.Read(path, faults, cancellationToken);
        List<(int Line, DataRow Row)> heldRows =
            options.ValidationFile is { } file ? RowFile.Read(file, faults, cancellationToken) : [];
        if (rows.Count == 0 && faults.Count == 0)
        {
            throw new TrainingDataException([new TrainingFault(path, 0, "it has no rows; expected one JSON object a line.")]);
        }

        if (options.ValidationFile is { } empty && heldRows.Count == 0 && faults.Count == 0)
        {
            throw new TrainingDataException(
                [new TrainingFault(empty, 0, "it has no rows to hold out; give some, or the share 0 to hold none out.")]);
        }

        PromptForm form = PromptForms.Of(model.Loaded, options, rows.Count > 0 ? rows[0].Row.Form : RowForm.Messages);
        RowEncoder encoder = new(model.Loaded, form, options);
        int leftOut = 0;
        List<TrainingExample> trained = Encode(encoder, path, rows, faults, ref leftOut, cancellationToken);
        IReadOnlyList<TrainingExample> held =
            Encode(encoder, options.ValidationFile ?? path, heldRows, faults, ref leftOut, cancellationToken);
        int shared = 0;
        if (options.SharedRows == SharedRowHandling.LeaveOut)
        {
            HashSet<TrainingExample> heldOut = new(held, new ExampleKey());
            shared = trained.RemoveAll(heldOut.Contains);
        }
        else if (options.ValidationFile is not null)
        {
            CheckShared(trained, held, faults);
        }

        if (faults.Count > 0)
        {
            throw new TrainingDataException([.. faults.OrderBy(fault => fault.File == path ? 0 : 1).ThenBy(fault => fault.Line)]);
        }

        IReadOnlyList<TrainingExample> all = trained;
        if (options.ValidationFile is null)
        {
            (all, held) = HeldOutRows.Split(trained, options.ValidationShare, options.Seed);
        }

        return all.Count > 0
            ? new TrainingData(form, all, held, leftOut, shared)
            : throw new TrainingDataException(
                [new TrainingFault(
                    path, 0, $"no rows are left to train on; {leftOut:N0} were too long and left out, {shared:N0} are held out.")]);
    }

    private static List<TrainingExample> Encode(
        RowEncoder encoder, string path, List<(int Line, DataRow Row)> rows, List<TrainingFault> faults, ref int leftOut,
        CancellationToken cancellationToken)
    {
        List<TrainingExample> examples = [];
        foreach ((int line, DataRow row) in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (encoder.Encode(row, path, line, cancellationToken) is { } example)
                {
                    examples.Add(example);
                }
                else
                {
                    leftOut++;
                }
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException)
            {
                faults.Add(new TrainingFault(path, line, exception.Message));
            }
        }

        return examples;
    }

    private static void CheckShared(List<TrainingExample> trained, IReadOnlyList<TrainingExample> held, List<TrainingFault> faults)
    {
        Dictionary<TrainingExample, int> lines = new(new ExampleKey());
        foreach (TrainingExample example in trained)
        {
            lines.TryAdd(example, example.Line);
        }

        faults.AddRange(held.Where(lines.ContainsKey).Select(example => new TrainingFault(
            example.File, example.Line,
            $"line {lines[example]} of the training file says the same, so that it tells nothing about what was "
            + "learnt. Remove one, or have "
            + "shared rows left out.")));
    }

    private static string HashOf(IReadOnlyList<TrainingExample> rows, IReadOnlyList<TrainingExample> held)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(rows.Count));
        foreach (TrainingExample example in rows.Concat(held))
        {
            int[] places = [example.Ids.Length, example.ActivationStart, example.CompletionStart];
            hash.AppendData(MemoryMarshal.AsBytes(places.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(example.Ids.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
