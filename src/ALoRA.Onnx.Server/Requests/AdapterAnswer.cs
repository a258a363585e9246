namespace ALoRA.Onnx.Server.Requests;

/// <summary>How an adapter without a definition is asked, and what its settings say of the answer.</summary>
/// <param name="AddsGenerationPrompt">Whether the prompt ends with the opening of the assistant's turn.</param>
/// <param name="Appended">Ids behind the prompt: the adapter's invocation, where neither template nor instruction has it.</param>
/// <param name="StartBehind">Where the adapter starts, counted from the appended ids; null where it is found, or adapts all.</param>
/// <param name="Constraint">What its answer looks like; null if that is free.</param>
/// <param name="MaxNewTokens">How long its answer is at most; null for the default.</param>
/// <param name="IsGreedy">Whether what is not said means the likeliest token, as for all intrinsics.</param>
internal sealed record AdapterAnswer(
    bool AddsGenerationPrompt, IReadOnlyList<int> Appended, int? StartBehind, TokenConstraint? Constraint, int? MaxNewTokens, bool IsGreedy)
{
    /// <summary>The settings of an adapter; of the base where there is none.</summary>
    public static AdapterAnswer Of(AloraModel model, Intrinsic? intrinsic)
    {
        if (intrinsic is null)
        {
            return new AdapterAnswer(AddsGenerationPrompt: true, [], null, null, null, IsGreedy: false);
        }

        Adapter adapter = intrinsic.Adapter;
        AdapterIntrinsic? settings = intrinsic.Definition is null ? adapter.Manifest.Intrinsic : null;
        bool isAlora = adapter.Kind == AdapterKind.Alora;

        // A plain LoRA has no invocation tokens, but may have been trained with a text in their place.
        IReadOnlyList<int> appended =
            isAlora ? intrinsic.Placement == InvocationPlacement.Appended ? adapter.InvocationTokens : []
            : settings?.InvocationText is string text ? model.Tokenizer.Encode(text)
            : [];
        return new AdapterAnswer(
            appended.Count == 0,
            appended,
            isAlora && appended.Count > 0 ? adapter.Manifest.ActivationOffset : null,
            intrinsic.Definition is null ? intrinsic.Constraint : null,
            settings?.MaxNewTokens,
            IsGreedy: isAlora || settings is not null || intrinsic.Definition is not null);
    }
}
