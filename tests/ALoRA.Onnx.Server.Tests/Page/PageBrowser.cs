using Microsoft.Playwright;

namespace ALoRA.Onnx.Server.Tests.Page;

/// <summary>The machine's Chromium, and a page of it that watches what goes wrong. Tests are skipped where there is none.</summary>
internal sealed class PageBrowser : IAsyncDisposable
{
    /// <summary>Path of the browser, where it is none of <see cref="Usual"/>.</summary>
    private const string Variable = "ALORA_CHROMIUM";

    private static readonly string[] Usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private PageBrowser(IPlaywright playwright, IBrowser browser, IPage page)
    {
        _playwright = playwright;
        _browser = browser;
        Page = page;
        page.Console += (_, message) => Add(message.Type == "error" ? message.Text : null);
        page.PageError += (_, error) => Add(error);
        page.Request += (_, request) =>
        {
            lock (Requests)
            {
                Requests.Add(request.Url);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Errors of scripts, and what the browser complains about, such as breaches of the policy.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Addresses that were asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Opens the page of a server.</summary>
    /// <param name="address">The server's.</param>
    /// <param name="options">Size, colours and so on of the browser's window; null for those of a desktop.</param>
    public static async Task<PageBrowser> OpenAsync(Uri address, BrowserNewContextOptions? options = null)
    {
        string? path = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : Usual.FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.Inconclusive(
                $"Skipped: there is no Chromium. Install it (Debian: apt-get install chromium), or say in {Variable} where.");
        }

        IPlaywright playwright = await Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = path, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
        IBrowserContext context = await browser.NewContextAsync(
            options ?? new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
        context.SetDefaultTimeout(120_000);
        PageBrowser opened = new(playwright, browser, await context.NewPageAsync());
        await opened.Page.GotoAsync(address.ToString());
        return opened;
    }

    /// <summary>Says something and waits until everything about it was answered.</summary>
    public async Task AskAsync(string text)
    {
        await Page.GetByLabel("Your message").FillAsync(text);
        await Page.Keyboard.PressAsync("Enter");
        await Page.Locator("#log[aria-busy=false]").WaitForAsync();
    }

    /// <summary>Waits until an element has a text.</summary>
    public Task HasTextAsync(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(
        text, new LocatorAssertionsToContainTextOptions { Timeout = 120_000 });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private void Add(string? error)
    {
        if (error is not null)
        {
            lock (Errors)
            {
                Errors.Add(error);
            }
        }
    }
}
