using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx;

/// <summary>
/// An adapter together with the definition of its prompt and of its answer. Immutable and thread-safe; belongs to one model.
/// </summary>
public sealed class Intrinsic
{
    private Intrinsic(Adapter adapter, IntrinsicDefinition? definition, InvocationPlacement placement, TokenConstraint? constraint)
    {
        Adapter = adapter;
        Definition = definition;
        Placement = placement;
        Constraint = constraint;
        Form = new PromptForm(
            adapter.Kind, definition, placement, adapter.InvocationTokens, adapter.Manifest.Intrinsic?.InvocationText);
    }

    /// <summary>The adapter's name.</summary>
    public string Name => Adapter.Name;

    /// <summary>The adapter.</summary>
    public Adapter Adapter { get; }

    /// <summary>
    /// The adapter's <c>io.yaml</c>. Null if it has none; then <see cref="AdapterManifest.Intrinsic"/> applies, or the answer is free text.
    /// </summary>
    public IntrinsicDefinition? Definition { get; }

    /// <summary>
    /// Where the invocation tokens are: in the rendered prompt (in the instruction, or in the opening of the assistant's turn),
    /// or appended after the conversation.
    /// </summary>
    public InvocationPlacement Placement { get; }

    /// <summary>
    /// What the answer must look like: the definition's response format, or the adapter's choices or schema; null if it is free text.
    /// </summary>
    public TokenConstraint? Constraint { get; }

    /// <summary>How a request becomes its prompt.</summary>
    internal PromptForm Form { get; }

    internal bool AddsGenerationPrompt => Form.AddsGenerationPrompt;

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
