namespace ALoRA.Onnx.Serving;

/// <summary>What a request of an <see cref="AloraEngine"/> does.</summary>
public enum EngineRequestPhase
{
    /// <summary>It waits for a place, or gave its own up for another one.</summary>
    Waiting,

    /// <summary>Its prompt is computed.</summary>
    Prompt,

    /// <summary>Its answer is generated.</summary>
    Answer,
}
