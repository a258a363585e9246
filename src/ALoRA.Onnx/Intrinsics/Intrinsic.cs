using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx;

/// <summary>An adapter together with how it is asked and how its answer is read. Immutable and thread-safe; belongs to one model.</summary>
public sealed class Intrinsic
{
    private Intrinsic(Adapter adapter, IntrinsicDefinition? definition, InvocationPlacement placement, TokenConstraint? constraint)
    {
        Adapter = adapter;
        Definition = definition;
        Placement = placement;
        Constraint = constraint;
    }

    /// <summary>The adapter's name.</summary>
    public string Name => Adapter.Name;

    /// <summary>The adapter.</summary>
    public Adapter Adapter { get; }

    /// <summary>
    /// The adapter's <c>io.yaml</c>; null if it has none, and <see cref="AdapterManifest.Intrinsic"/> or free text counts.
    /// </summary>
    public IntrinsicDefinition? Definition { get; }

    /// <summary>
    /// Where the invocation stands: in the rendered prompt (the instruction, or the opening
    /// of the assistant's answer), or appended behind the conversation.
    /// </summary>
    public InvocationPlacement Placement { get; }

    /// <summary>
    /// What the answer must be: the definition's response format, or the choices or schema of the adapter; null where it is free.
    /// </summary>
    public TokenConstraint? Constraint { get; }

    internal bool AddsGenerationPrompt =>
        Placement == InvocationPlacement.InPrompt || (Adapter.Kind == AdapterKind.Lora && Definition is not null);

    /// <summary>Opens an adapter's definition.</summary>
    /// <exception cref="ModelFormatException">
    /// The definition is malformed, the invocation's text does not give the adapter's ids, or the form of the answer can't be enforced.
    /// </exception>
    internal static Intrinsic Open(LoadedModel model, Adapter adapter)
    {
        string path = Path.Combine(adapter.Folder, IntrinsicDefinition.FileName);
        if (File.Exists(path))
        {
            IntrinsicDefinition definition = IntrinsicDefinition.Load(path);
            InvocationPlacement placement = definition.FindPlacement(model.Tokenizer, model.ChatTemplate, adapter.InvocationTokens);
            return new Intrinsic(adapter, definition, placement, AnswerForm.Of(definition, settings: null, path));
        }

        AdapterIntrinsic? settings = adapter.Manifest.Intrinsic;
        string manifest = Path.Combine(adapter.Folder, AdapterManifest.FileName);
        InvocationText.Check(model.Tokenizer, settings?.InvocationText, adapter.InvocationTokens, manifest);
        return new Intrinsic(
            adapter, definition: null, settings?.Placement ?? InvocationPlacement.Appended,
            AnswerForm.Of(definition: null, settings, manifest));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
