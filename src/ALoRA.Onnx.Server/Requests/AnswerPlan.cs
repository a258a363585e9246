using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Serving;
using ALoRA.Onnx.Serving.Intrinsics;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>A request that was checked as a whole: what to submit, and how to answer.</summary>
internal sealed record AnswerPlan
{
    /// <summary>What the engine is asked; of several choices the first, the others have other seeds.</summary>
    public required EngineRequest Request { get; init; }

    /// <summary>The model's name in the answer: the one that was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>How the answer is told apart into text, thoughts and calls; null if it can be nothing but text.</summary>
    public ChatRequest? Chat { get; init; }

    /// <summary>What makes the answer into a result; null if it is given as it is.</summary>
    public EngineIntrinsic? Intrinsic { get; init; }

    /// <summary>How many answers to this prompt are wanted.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Number of likely tokens given with each token; null if no log-probabilities are wanted.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary>
    /// What requests of this conversation have in common; null where only the prompt's ids tell. See <see cref="ConversationStart"/>.
    /// </summary>
    public Func<string?>? Beginning { get; init; }

    /// <summary>The prompt's text where it is given back before the answer.</summary>
    public string Echo { get; init; } = "";

    /// <summary>The request of a choice: the same prompt, the next seed.</summary>
    public EngineRequest RequestOf(int choice) => choice == 0 || Request.Generation?.Seed is not long seed
        ? Request
        : Request with { Generation = Request.Generation with { Seed = unchecked(seed + choice) } };
}
