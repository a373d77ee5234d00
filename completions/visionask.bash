# bash completion for visionask. Made by completions/generate.py: change the commands, not this file.
# Names in the user's config file or templates folder, read without starting anything.
_visionask_own() {
    local folder="${XDG_CONFIG_HOME:-${HOME:-}/.config}/visionask" config line found pattern
    [[ -d $folder ]] || folder="${HOME:-}/Library/Application Support/visionask"
    config="${VISIONASK_CONFIG:-$folder/config.toml}"
    if [[ $1 == templates ]]; then
        [[ $config == */* ]] || config="./$config"
        for line in "${config%/*}"/templates/*.toml; do
            found="${line##*/}"
            found="${found%.toml}"
            if [[ -f $line && $found =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]]; then words+=" $found"; fi
        done
        return
    fi
    [[ -f $config && -r $config ]] || return 0
    pattern="^[[:space:]]*\[[[:space:]]*$1[[:space:]]*\.[[:space:]]*(([A-Za-z0-9_-]+)|\"([A-Za-z0-9][A-Za-z0-9_./:-]*)\")"
    while IFS= read -r line || [[ -n $line ]]; do
        if [[ $line =~ $pattern ]]; then words+=" ${BASH_REMATCH[2]}${BASH_REMATCH[3]}"; fi
    done <"$config"
}
_visionask() {
    local cur prev="" at="" index word line="${COMP_LINE:-}" before=" "
    local skip="" words="" plain="" files=""
    local -a typed=()
    COMPREPLY=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word="${COMP_WORDS[index]}"
        if [[ -n $line && $line != [[:space:]]* && ( $word == :* || $before == *: ) ]]; then
            typed[${#typed[@]}-1]+="$word"
        else
            typed+=("$word")
        fi
        before=$word line="${line#"${line%%[![:space:]]*}"}"
        line="${line#"$word"}"
    done
    cur="${typed[${#typed[@]}-1]}"
    for ((index = 1; index < ${#typed[@]} - 1; index++)); do
        word="${typed[index]}"
        if [[ $word == "=" ]]; then skip=$prev; continue; fi
        if [[ -n $skip ]]; then skip=; prev=$word; continue; fi
        prev=$word
        if [[ $word == "--" ]]; then plain=1; break; fi
        case "$at $word" in
            ' ask') at='ask' ;;
            ' scan') at='scan' ;;
            ' check') at='check' ;;
            ' batch') at='batch' ;;
            ' chat') at='chat' ;;
            ' cost') at='cost' ;;
            ' prep') at='prep' ;;
            ' models') at='models' ;;
            ' config') at='config' ;;
            ' completion') at='completion' ;;
            ' local') at='local' ;;
            ' logs') at='logs' ;;
            ' eval') at='eval' ;;
            ' diff') at='diff' ;;
            ' doctor') at='doctor' ;;
            ' help') at='help' ;;
            'batch submit') at='batch submit' ;;
            'batch export') at='batch export' ;;
            'batch list') at='batch list' ;;
            'batch status') at='batch status' ;;
            'batch fetch') at='batch fetch' ;;
            'batch cancel') at='batch cancel' ;;
            'batch import') at='batch import' ;;
            'config show') at='config show' ;;
            'config set') at='config set' ;;
            'config get') at='config get' ;;
            'config unset') at='config unset' ;;
            'config path') at='config path' ;;
            'config edit') at='config edit' ;;
            'config templates') at='config templates' ;;
            'config templates list') at='config templates list' ;;
            'config templates show') at='config templates show' ;;
            'config templates path') at='config templates path' ;;
            'config templates edit') at='config templates edit' ;;
            'local list') at='local list' ;;
            'local pull') at='local pull' ;;
            'local serve') at='local serve' ;;
            'logs list') at='logs list' ;;
            'logs runs') at='logs runs' ;;
            'logs conversations') at='logs conversations' ;;
            'logs show') at='logs show' ;;
            'logs search') at='logs search' ;;
            'logs stats') at='logs stats' ;;
            'logs merge') at='logs merge' ;;
            'logs purge') at='logs purge' ;;
            'ask -p'|'ask --prompt-file'|'ask -i'|'ask --image'|'ask -m'|'ask --model'|'ask --local'|'ask --profile'|'ask --base-url'|'ask --api-key-env'|'ask --timeout'|'ask --retries'|'ask --record'|'ask --replay'|'ask -t'|'ask --template'|'ask --param'|'ask -s'|'ask --system'|'ask --max-tokens'|'ask --temperature'|'ask --reasoning-effort'|'ask --max-cost'|'ask --confirm-above'|'ask --service-tier'|'ask --ledger'|'ask --schema'|'ask --schema-multi'|'ask -d'|'ask --detail'|'ask --crop'|'ask --max-side'|'ask --rotate'|'ask --redact'|'ask --page'|'ask --pages'|'ask --frame'|'ask --image-tokens'|'ask --quality'|'ask --max-pixels'|'ask --cid') skip=$word ;;
            'scan -p'|'scan --prompt-file'|'scan -i'|'scan --image'|'scan -m'|'scan --model'|'scan --local'|'scan --profile'|'scan --base-url'|'scan --api-key-env'|'scan --timeout'|'scan --retries'|'scan --record'|'scan --replay'|'scan -t'|'scan --template'|'scan --param'|'scan -s'|'scan --system'|'scan --max-tokens'|'scan --temperature'|'scan --reasoning-effort'|'scan --max-cost'|'scan --confirm-above'|'scan --service-tier'|'scan --ledger'|'scan -j'|'scan --jobs'|'scan --rpm'|'scan --tpm'|'scan --schema'|'scan --schema-multi'|'scan -d'|'scan --detail'|'scan --crop'|'scan --max-side'|'scan --rotate'|'scan --redact'|'scan --page'|'scan --pages'|'scan --frame'|'scan --image-tokens'|'scan --quality'|'scan --max-pixels'|'scan --include'|'scan --exclude'|'scan --files-from'|'scan --limit'|'scan --sample'|'scan --shard'|'scan --statement'|'scan --choice'|'scan --score'|'scan --expect'|'scan --threshold'|'scan --unsure'|'scan --escalate'|'scan --engine'|'scan --escalate-detail'|'scan --file'|'scan -o'|'scan --output'|'scan -f'|'scan --format') skip=$word ;;
            'check --file'|'check -i'|'check --image'|'check --also'|'check --choice'|'check --score'|'check --expect'|'check --threshold'|'check --unsure'|'check --escalate'|'check --engine'|'check --repeat'|'check --against'|'check --against-dir'|'check --ignore'|'check --tolerance'|'check --unused'|'check --include'|'check --exclude'|'check -m'|'check --model'|'check --local'|'check --profile'|'check --base-url'|'check --api-key-env'|'check --timeout'|'check --retries'|'check --record'|'check --replay'|'check -t'|'check --template'|'check --param'|'check -s'|'check --system'|'check --max-tokens'|'check --temperature'|'check --reasoning-effort'|'check --max-cost'|'check --confirm-above'|'check --service-tier'|'check --ledger'|'check -j'|'check --jobs'|'check -d'|'check --detail'|'check --crop'|'check --max-side'|'check --rotate'|'check --redact'|'check --page'|'check --pages'|'check --frame'|'check --image-tokens'|'check --quality'|'check --max-pixels'|'check -o'|'check --output'|'check -f'|'check --format'|'check --junit'|'check --summary-md') skip=$word ;;
            'batch submit -p'|'batch submit --prompt-file'|'batch submit -i'|'batch submit --image'|'batch submit -m'|'batch submit --model'|'batch submit --profile'|'batch submit --base-url'|'batch submit --api-key-env'|'batch submit --timeout'|'batch submit --retries'|'batch submit -t'|'batch submit --template'|'batch submit --param'|'batch submit -s'|'batch submit --system'|'batch submit --max-tokens'|'batch submit --temperature'|'batch submit --reasoning-effort'|'batch submit --max-cost'|'batch submit --confirm-above'|'batch submit --ledger'|'batch submit --schema'|'batch submit --schema-multi'|'batch submit -d'|'batch submit --detail'|'batch submit --crop'|'batch submit --max-side'|'batch submit --rotate'|'batch submit --redact'|'batch submit --page'|'batch submit --pages'|'batch submit --frame'|'batch submit --image-tokens'|'batch submit --quality'|'batch submit --max-pixels'|'batch submit --include'|'batch submit --exclude'|'batch submit --files-from'|'batch submit --limit'|'batch submit --sample'|'batch submit -j'|'batch submit --jobs'|'batch submit --shard-requests'|'batch submit --shard-mb'|'batch submit --executor'|'batch submit --chunk'|'batch submit --chunk-store'|'batch submit --statement'|'batch submit --choice'|'batch submit --score'|'batch submit --expect'|'batch submit --file'|'batch submit --spool') skip=$word ;;
            'batch export -o'|'batch export --to'|'batch export --output'|'batch export -p'|'batch export --prompt-file'|'batch export -i'|'batch export --image'|'batch export -m'|'batch export --model'|'batch export --profile'|'batch export --base-url'|'batch export -t'|'batch export --template'|'batch export --param'|'batch export -s'|'batch export --system'|'batch export --max-tokens'|'batch export --temperature'|'batch export --reasoning-effort'|'batch export --ledger'|'batch export --schema'|'batch export --schema-multi'|'batch export -d'|'batch export --detail'|'batch export --crop'|'batch export --max-side'|'batch export --rotate'|'batch export --redact'|'batch export --page'|'batch export --pages'|'batch export --frame'|'batch export --image-tokens'|'batch export --quality'|'batch export --max-pixels'|'batch export --include'|'batch export --exclude'|'batch export --files-from'|'batch export --limit'|'batch export --sample'|'batch export -j'|'batch export --jobs'|'batch export --shard-requests'|'batch export --shard-mb'|'batch export --executor'|'batch export --chunk'|'batch export --chunk-store'|'batch export --statement'|'batch export --choice'|'batch export --score'|'batch export --expect'|'batch export --file') skip=$word ;;
            'batch list --ledger'|'batch list --profile') skip=$word ;;
            'batch status --every'|'batch status --base-url'|'batch status --api-key-env'|'batch status --profile'|'batch status --timeout'|'batch status --retries'|'batch status --ledger') skip=$word ;;
            'batch fetch -o'|'batch fetch --output'|'batch fetch -f'|'batch fetch --format'|'batch fetch --base-url'|'batch fetch --api-key-env'|'batch fetch --profile'|'batch fetch --timeout'|'batch fetch --retries'|'batch fetch --ledger') skip=$word ;;
            'batch cancel --base-url'|'batch cancel --api-key-env'|'batch cancel --profile'|'batch cancel --timeout'|'batch cancel --retries'|'batch cancel --ledger') skip=$word ;;
            'batch import --from'|'batch import --ledger'|'batch import --profile'|'batch import -o'|'batch import --output'|'batch import -f'|'batch import --format') skip=$word ;;
            'chat -i'|'chat --image'|'chat -m'|'chat --model'|'chat --local'|'chat --profile'|'chat --base-url'|'chat --api-key-env'|'chat --timeout'|'chat --retries'|'chat --record'|'chat --replay'|'chat -t'|'chat --template'|'chat --param'|'chat -s'|'chat --system'|'chat --max-tokens'|'chat --temperature'|'chat --reasoning-effort'|'chat --max-cost'|'chat --confirm-above'|'chat --service-tier'|'chat --ledger'|'chat -d'|'chat --detail'|'chat --crop'|'chat --max-side'|'chat --rotate'|'chat --redact'|'chat --page'|'chat --pages'|'chat --frame'|'chat --image-tokens'|'chat --quality'|'chat --max-pixels'|'chat --cid') skip=$word ;;
            'cost --compare'|'cost --question'|'cost --pilot'|'cost -p'|'cost --prompt-file'|'cost -i'|'cost --image'|'cost --service-tier'|'cost -m'|'cost --model'|'cost --local'|'cost --profile'|'cost --base-url'|'cost --api-key-env'|'cost --timeout'|'cost --retries'|'cost --record'|'cost --replay'|'cost -t'|'cost --template'|'cost --param'|'cost -s'|'cost --system'|'cost --max-tokens'|'cost --temperature'|'cost --reasoning-effort'|'cost --max-cost'|'cost --confirm-above'|'cost --ledger'|'cost -j'|'cost --jobs'|'cost --rpm'|'cost --tpm'|'cost --schema'|'cost --schema-multi'|'cost -d'|'cost --detail'|'cost --crop'|'cost --max-side'|'cost --rotate'|'cost --redact'|'cost --page'|'cost --pages'|'cost --frame'|'cost --image-tokens'|'cost --quality'|'cost --max-pixels'|'cost --include'|'cost --exclude'|'cost --files-from'|'cost --limit'|'cost --sample') skip=$word ;;
            'prep -o'|'prep --output'|'prep -m'|'prep --model'|'prep --profile'|'prep -i'|'prep --image'|'prep -d'|'prep --detail'|'prep --crop'|'prep --max-side'|'prep --rotate'|'prep --redact'|'prep --page'|'prep --pages'|'prep --frame'|'prep --image-tokens'|'prep --quality'|'prep --max-pixels'|'prep --include'|'prep --exclude'|'prep --files-from'|'prep --limit'|'prep --sample') skip=$word ;;
            'models --provider'|'models --ledger'|'models --profile') skip=$word ;;
            'config show -m'|'config show --model'|'config show --base-url'|'config show --api-key-env'|'config show --profile') skip=$word ;;
            'config get --profile') skip=$word ;;
            'local serve --port'|'local serve --api-key-env') skip=$word ;;
            'logs list --limit'|'logs list -m'|'logs list --model'|'logs list --ledger'|'logs list --profile') skip=$word ;;
            'logs runs --limit'|'logs runs --ledger'|'logs runs --profile') skip=$word ;;
            'logs conversations --limit'|'logs conversations --ledger'|'logs conversations --profile') skip=$word ;;
            'logs show --ledger'|'logs show --profile') skip=$word ;;
            'logs search --limit'|'logs search --ledger'|'logs search --profile') skip=$word ;;
            'logs stats --since'|'logs stats --ledger'|'logs stats --profile') skip=$word ;;
            'logs merge --ledger'|'logs merge --profile') skip=$word ;;
            'logs purge --older-than'|'logs purge -m'|'logs purge --model'|'logs purge --id'|'logs purge --ledger'|'logs purge --profile') skip=$word ;;
            'eval -p'|'eval --prompt-file'|'eval -t'|'eval --template'|'eval --param'|'eval -m'|'eval --model'|'eval -d'|'eval --detail'|'eval --image-tokens'|'eval --max-side'|'eval --reasoning-effort'|'eval --margin'|'eval --at-least'|'eval --tolerance'|'eval --folder'|'eval --sample'|'eval -o'|'eval --output'|'eval -f'|'eval --format'|'eval --save-profile'|'eval --local'|'eval --profile'|'eval --base-url'|'eval --api-key-env'|'eval --timeout'|'eval --retries'|'eval --record'|'eval --replay'|'eval -s'|'eval --system'|'eval --max-tokens'|'eval --temperature'|'eval --max-cost'|'eval --confirm-above'|'eval --service-tier'|'eval --ledger'|'eval -j'|'eval --jobs'|'eval --rpm'|'eval --tpm'|'eval --schema'|'eval --schema-multi'|'eval --crop'|'eval --rotate'|'eval --redact'|'eval --page'|'eval --pages'|'eval --frame'|'eval --quality'|'eval --max-pixels'|'eval --statement'|'eval --choice'|'eval --score'|'eval --threshold'|'eval --unsure'|'eval --engine') skip=$word ;;
            'diff --fail-above'|'diff --question'|'diff -m'|'diff --model'|'diff --judge'|'diff -o'|'diff --output'|'diff -f'|'diff --format'|'diff --profile'|'diff --base-url'|'diff --api-key-env'|'diff --timeout'|'diff --retries'|'diff --record'|'diff --replay'|'diff --max-cost'|'diff --confirm-above'|'diff --ledger'|'diff -j'|'diff --jobs') skip=$word ;;
            'doctor -m'|'doctor --model'|'doctor --base-url'|'doctor --api-key-env'|'doctor --profile'|'doctor --ledger') skip=$word ;;
        esac
    done
    if [[ $cur == "=" ]]; then skip=$prev; cur=""; fi
    if [[ -n $plain ]]; then return; fi
    if [[ -n $skip ]]; then
        case "$at $skip" in
            'ask -p'|'ask --prompt-file') files=1 ;;
            'ask -i'|'ask --image') files=1 ;;
            'ask -m'|'ask --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'ask --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'ask --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'ask --record')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'ask --replay')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'ask -t'|'ask --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'ask --reasoning-effort') words="none minimal low medium high xhigh max default" ;;
            'ask --service-tier') words="auto default flex priority" ;;
            'ask --ledger') files=1 ;;
            'ask --schema') files=1 ;;
            'ask --schema-multi') files=1 ;;
            'ask -d'|'ask --detail') words="low high auto original" ;;
            'ask --rotate') words="90 180 270" ;;
            'scan -p'|'scan --prompt-file') files=1 ;;
            'scan -i'|'scan --image') files=1 ;;
            'scan -m'|'scan --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'scan --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'scan --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'scan --record')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'scan --replay')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'scan -t'|'scan --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'scan --reasoning-effort') words="none minimal low medium high xhigh max default" ;;
            'scan --service-tier') words="auto default flex priority" ;;
            'scan --ledger') files=1 ;;
            'scan --schema') files=1 ;;
            'scan --schema-multi') files=1 ;;
            'scan -d'|'scan --detail') words="low high auto original" ;;
            'scan --rotate') words="90 180 270" ;;
            'scan --files-from') files=1 ;;
            'scan --escalate') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'scan --engine') words="decisions schema auto" ;;
            'scan --file') files=1 ;;
            'scan -o'|'scan --output') files=1 ;;
            'scan -f'|'scan --format') words="text json jsonl csv html md sqlite" ;;
            'check --file') files=1 ;;
            'check -i'|'check --image') files=1 ;;
            'check --escalate') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'check --engine') words="decisions schema auto" ;;
            'check --against') files=1 ;;
            'check --against-dir')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'check --unused') words="list remove" ;;
            'check -m'|'check --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'check --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'check --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'check --record')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'check --replay')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'check -t'|'check --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'check --reasoning-effort') words="none minimal low medium high xhigh max default" ;;
            'check --service-tier') words="auto default flex priority" ;;
            'check --ledger') files=1 ;;
            'check -d'|'check --detail') words="low high auto original" ;;
            'check --rotate') words="90 180 270" ;;
            'check -o'|'check --output') files=1 ;;
            'check -f'|'check --format') words="text json md junit csv html sqlite" ;;
            'check --junit') files=1 ;;
            'check --summary-md') files=1 ;;
            'batch submit -p'|'batch submit --prompt-file') files=1 ;;
            'batch submit -i'|'batch submit --image') files=1 ;;
            'batch submit -m'|'batch submit --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'batch submit --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'batch submit -t'|'batch submit --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'batch submit --reasoning-effort') words="none minimal low medium high xhigh max default" ;;
            'batch submit --ledger') files=1 ;;
            'batch submit --schema') files=1 ;;
            'batch submit --schema-multi') files=1 ;;
            'batch submit -d'|'batch submit --detail') words="low high auto original" ;;
            'batch submit --rotate') words="90 180 270" ;;
            'batch submit --files-from') files=1 ;;
            'batch submit --file') files=1 ;;
            'batch submit --spool')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'batch export -o'|'batch export --to'|'batch export --output')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'batch export -p'|'batch export --prompt-file') files=1 ;;
            'batch export -i'|'batch export --image') files=1 ;;
            'batch export -m'|'batch export --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'batch export --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'batch export -t'|'batch export --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'batch export --reasoning-effort') words="none minimal low medium high xhigh max default" ;;
            'batch export --ledger') files=1 ;;
            'batch export --schema') files=1 ;;
            'batch export --schema-multi') files=1 ;;
            'batch export -d'|'batch export --detail') words="low high auto original" ;;
            'batch export --rotate') words="90 180 270" ;;
            'batch export --files-from') files=1 ;;
            'batch export --file') files=1 ;;
            'batch list --ledger') files=1 ;;
            'batch list --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'batch status --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'batch status --ledger') files=1 ;;
            'batch fetch -o'|'batch fetch --output') files=1 ;;
            'batch fetch -f'|'batch fetch --format') words="text json jsonl csv html md sqlite" ;;
            'batch fetch --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'batch fetch --ledger') files=1 ;;
            'batch cancel --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'batch cancel --ledger') files=1 ;;
            'batch import --from')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'batch import --ledger') files=1 ;;
            'batch import --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'batch import -o'|'batch import --output') files=1 ;;
            'batch import -f'|'batch import --format') words="text json jsonl csv html md sqlite" ;;
            'chat -i'|'chat --image') files=1 ;;
            'chat -m'|'chat --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'chat --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'chat --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'chat --record')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'chat --replay')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'chat -t'|'chat --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'chat --reasoning-effort') words="none minimal low medium high xhigh max default" ;;
            'chat --service-tier') words="auto default flex priority" ;;
            'chat --ledger') files=1 ;;
            'chat -d'|'chat --detail') words="low high auto original" ;;
            'chat --rotate') words="90 180 270" ;;
            'cost -p'|'cost --prompt-file') files=1 ;;
            'cost -i'|'cost --image') files=1 ;;
            'cost --service-tier') words="default flex priority batch" ;;
            'cost -m'|'cost --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'cost --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'cost --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'cost --record')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'cost --replay')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'cost -t'|'cost --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'cost --reasoning-effort') words="none minimal low medium high xhigh max default" ;;
            'cost --ledger') files=1 ;;
            'cost --schema') files=1 ;;
            'cost --schema-multi') files=1 ;;
            'cost -d'|'cost --detail') words="low high auto original" ;;
            'cost --rotate') words="90 180 270" ;;
            'cost --files-from') files=1 ;;
            'prep -o'|'prep --output')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'prep -m'|'prep --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'prep --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'prep -i'|'prep --image') files=1 ;;
            'prep -d'|'prep --detail') words="low high auto original" ;;
            'prep --rotate') words="90 180 270" ;;
            'prep --files-from') files=1 ;;
            'models --ledger') files=1 ;;
            'models --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'config show -m'|'config show --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'config show --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'config get --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs list -m'|'logs list --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'logs list --ledger') files=1 ;;
            'logs list --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs runs --ledger') files=1 ;;
            'logs runs --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs conversations --ledger') files=1 ;;
            'logs conversations --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs show --ledger') files=1 ;;
            'logs show --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs search --ledger') files=1 ;;
            'logs search --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs stats --ledger') files=1 ;;
            'logs stats --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs merge --ledger') files=1 ;;
            'logs merge --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'logs purge -m'|'logs purge --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'logs purge --ledger') files=1 ;;
            'logs purge --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'eval -p'|'eval --prompt-file') files=1 ;;
            'eval -t'|'eval --template') words="alt chart receipt safety ui-review"; _visionask_own templates; files=1 ;;
            'eval -m'|'eval --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'eval --folder')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'eval -o'|'eval --output') files=1 ;;
            'eval -f'|'eval --format') words="text json jsonl csv md html sqlite" ;;
            'eval --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'eval --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'eval --record')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'eval --replay')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'eval --service-tier') words="auto default flex priority" ;;
            'eval --ledger') files=1 ;;
            'eval --schema') files=1 ;;
            'eval --schema-multi') files=1 ;;
            'eval --rotate') words="90 180 270" ;;
            'eval --engine') words="decisions schema auto" ;;
            'diff -m'|'diff --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'diff -o'|'diff --output') files=1 ;;
            'diff -f'|'diff --format') words="text json md html" ;;
            'diff --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'diff --record')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'diff --replay')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null || :
                return ;;
            'diff --ledger') files=1 ;;
            'doctor -m'|'doctor --model') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'doctor --profile') words="ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai"; _visionask_own profiles ;;
            'doctor --ledger') files=1 ;;
        esac
    elif [[ $cur == -* ]]; then
        case "$at" in
            '') words="-V --version -h --help --help-all" ;;
            'ask') words="-p --prompt-file -i --image --clipboard --stream --no-stream --raw -u --usage -m --model --local --profile --base-url --api-key-env --timeout --retries --record --replay -t --template --param -s --system --max-tokens --temperature --reasoning-effort -n --dry-run --max-cost --confirm-above -y --yes --service-tier --prompt-cache --cache --no-cache --log --no-log --ledger --schema --schema-multi -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --pass-url --allow-private-urls -c --continue --cid --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'scan') words="-p --prompt-file -i --image -m --model --local --profile --base-url --api-key-env --timeout --retries --record --replay -t --template --param -s --system --max-tokens --temperature --reasoning-effort -n --dry-run --max-cost --confirm-above -y --yes --service-tier --prompt-cache --cache --no-cache --log --no-log --ledger -j --jobs --rpm --tpm --schema --schema-multi -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --pass-url --allow-private-urls -r --recursive --include --exclude --files-from -0 --null --limit --sample --shard --sidecar --retry-failed -l --list -L --list-false --statement --choice --score --expect --threshold --unsure --escalate --engine --escalate-detail --file -o --output -f --format --progress --no-progress --raw --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'check') words="--file -i --image --clipboard --also --choice --score --expect --any --all --threshold --unsure --escalate --engine --repeat --fail-fast --against --against-dir --ignore --tolerance --accept --missing --unused -r --recursive --include --exclude -m --model --local --profile --base-url --api-key-env --timeout --retries --record --replay -t --template --param -s --system --max-tokens --temperature --reasoning-effort -n --dry-run --max-cost --confirm-above -y --yes --service-tier --prompt-cache --cache --no-cache --log --no-log --ledger -j --jobs -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --pass-url --allow-private-urls -o --output -f --format --junit --summary-md --github --progress --no-progress --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'batch') words="-h --help --help-all" ;;
            'batch submit') words="-p --prompt-file -i --image -m --model --profile --base-url --api-key-env --timeout --retries -t --template --param -s --system --max-tokens --temperature --reasoning-effort -n --dry-run --max-cost --confirm-above -y --yes --prompt-cache --ledger --schema --schema-multi -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --pass-url --allow-private-urls -r --recursive --include --exclude --files-from -0 --null --limit --sample -j --jobs --retry-failed --shard-requests --shard-mb --executor --chunk --chunk-store --statement --choice --score --expect --file --spool --progress --no-progress --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'batch export') words="-o --to --output -p --prompt-file -i --image -m --model --profile --base-url -t --template --param -s --system --max-tokens --temperature --reasoning-effort --prompt-cache --ledger --schema --schema-multi -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --pass-url --allow-private-urls -r --recursive --include --exclude --files-from -0 --null --limit --sample -j --jobs --retry-failed --shard-requests --shard-mb --executor --chunk --chunk-store --statement --choice --score --expect --file --progress --no-progress --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'batch list') words="--ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'batch status') words="--watch --every --base-url --api-key-env --profile --timeout --retries --ledger --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'batch fetch') words="-o --output -f --format --progress --no-progress --raw --base-url --api-key-env --profile --timeout --retries --ledger --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'batch cancel') words="--base-url --api-key-env --profile --timeout --retries --ledger --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'batch import') words="--from --ledger --profile -o --output -f --format --raw --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'chat') words="-i --image --clipboard -m --model --local --profile --base-url --api-key-env --timeout --retries --record --replay -t --template --param -s --system --max-tokens --temperature --reasoning-effort --max-cost --confirm-above -y --yes --service-tier --log --no-log --ledger -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --pass-url --allow-private-urls --prompt-cache --no-prompt-cache -c --continue --cid --stream --no-stream --raw --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'cost') words="--compare --question --calibrated --exact --pilot -l --list -p --prompt-file -i --image --clipboard --service-tier -m --model --local --profile --base-url --api-key-env --timeout --retries --record --replay -t --template --param -s --system --max-tokens --temperature --reasoning-effort -n --dry-run --max-cost --confirm-above -y --yes --prompt-cache --ledger -j --jobs --rpm --tpm --schema --schema-multi -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --allow-private-urls -r --recursive --include --exclude --files-from -0 --null --limit --sample --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'prep') words="-o --output -m --model --profile -i --image --clipboard -d --detail --crop --max-side --rotate --redact --page --pages --frame --image-tokens --no-resize --quality --max-pixels --keep-metadata --allow-truncated --allow-private-urls -r --recursive --include --exclude --files-from -0 --null --limit --sample --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'models') words="--local --provider --all --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config') words="-h --help --help-all" ;;
            'config show') words="-m --model --base-url --api-key-env --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config set') words="-q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config get') words="--profile -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config unset') words="-q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config path') words="-h --help --help-all" ;;
            'config edit') words="-q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config templates') words="-h --help --help-all" ;;
            'config templates list') words="--json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config templates show') words="-q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'config templates path') words="-h --help --help-all" ;;
            'config templates edit') words="-q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'completion') words="--install -y --yes -h --help --help-all" ;;
            'local') words="-h --help --help-all" ;;
            'local list') words="--json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'local pull') words="-q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'local serve') words="--port --api-key-env -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs') words="-h --help --help-all" ;;
            'logs list') words="--limit -m --model --failed --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs runs') words="--limit --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs conversations') words="--limit --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs show') words="--raw --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs search') words="--limit --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs stats') words="--since --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs merge') words="--ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'logs purge') words="--older-than -m --model --all --id -y --yes --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'eval') words="-p --prompt-file -t --template --param -m --model -d --detail --image-tokens --max-side --reasoning-effort --margin --at-least --tolerance --folder --sample -n --dry-run --batch -o --output -f --format --save-profile --local --profile --base-url --api-key-env --timeout --retries --record --replay -s --system --max-tokens --temperature --max-cost --confirm-above -y --yes --service-tier --prompt-cache --cache --no-cache --log --no-log --ledger -j --jobs --rpm --tpm --schema --schema-multi --crop --rotate --redact --page --pages --frame --no-resize --quality --max-pixels --keep-metadata --allow-truncated --pass-url --allow-private-urls --statement --choice --score --threshold --unsure --engine --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'diff') words="--fail-above --question -m --model --judge -l --list -o --output -f --format --profile --base-url --api-key-env --timeout --retries --record --replay -n --dry-run --max-cost --confirm-above -y --yes --cache --no-cache --log --no-log --ledger -j --jobs --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'doctor') words="-m --model --base-url --api-key-env --profile --ledger --offline --json -q --quiet -v --verbose --debug --no-color -h --help --help-all" ;;
            'help') words="--no-color -h --help --help-all" ;;
        esac
    else
        case "$at" in
            '') words="ask scan check batch chat cost prep models config completion local logs eval diff doctor help" ;;
            'ask') files=1 ;;
            'scan') files=1 ;;
            'check') files=1 ;;
            'batch') words="submit export list status fetch cancel import" ;;
            'batch submit') files=1 ;;
            'batch export') files=1 ;;
            'batch list')  ;;
            'batch status')  ;;
            'batch fetch')  ;;
            'batch cancel')  ;;
            'batch import') files=1 ;;
            'chat') files=1 ;;
            'cost') files=1 ;;
            'prep') files=1 ;;
            'models') words="gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v"; _visionask_own models ;;
            'config') words="show set get unset path edit templates" ;;
            'config show')  ;;
            'config set') words="model detail base_url api_key_env timeout retries max_cost confirm_above quality max_side image_tokens reasoning_effort jobs rpm tpm daily_budget ledger thumbnails profile azure_resource" ;;
            'config get')  ;;
            'config unset')  ;;
            'config path')  ;;
            'config edit')  ;;
            'config templates') words="list show path edit" ;;
            'config templates list')  ;;
            'config templates show') words="alt chart receipt safety ui-review"; _visionask_own templates ;;
            'config templates path')  ;;
            'config templates edit') words="alt chart receipt safety ui-review"; _visionask_own templates ;;
            'completion') words="bash zsh fish powershell" ;;
            'local') words="list pull serve" ;;
            'local list')  ;;
            'local pull') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'local serve') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr" ;;
            'logs') words="list runs conversations show search stats merge purge" ;;
            'logs list')  ;;
            'logs runs')  ;;
            'logs conversations')  ;;
            'logs show')  ;;
            'logs search')  ;;
            'logs stats')  ;;
            'logs merge')  ;;
            'logs purge')  ;;
            'eval')  ;;
            'diff')  ;;
            'doctor')  ;;
            'help')  ;;
        esac
    fi
    if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
    if [[ $cur == *:* && ${COMP_WORDBREAKS:-} == *:* && -n ${COMP_LINE:-} ]]; then
        COMPREPLY=(${COMPREPLY[@]+"${COMPREPLY[@]#"${cur%"${cur##*:}"}"}"})
    fi
    if [[ -z $files ]]; then compopt +o default +o bashdefault 2>/dev/null || :; return; fi
    if [[ -z $words ]]; then return; fi
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null || :
}
complete -o bashdefault -o default -F _visionask visionask
