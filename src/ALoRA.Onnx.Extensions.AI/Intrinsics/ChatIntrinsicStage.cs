namespace ALoRA.Onnx.Extensions.AI;

/// <summary>When an intrinsic is asked.</summary>
public enum ChatIntrinsicStage
{
    /// <summary>About the chat with its answer, when the answer is complete. The default.</summary>
    AfterAnswer,

    /// <summary>About the chat before it is answered; the answer can be stopped.</summary>
    BeforeAnswer,
}
