# bash completion for visionask. Made by completions/generate.py: change the commands, not this file.
_visionask() {
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="" at="" index word line skip="" words="" plain=""
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word="${COMP_WORDS[index]}"
        if [[ $word == "=" ]]; then skip=$prev; continue; fi
        if [[ -n $skip ]]; then skip=; prev=$word; continue; fi
        prev=$word
        if [[ $word == "--" ]]; then plain=1; break; fi
        case "$at $word" in
            ' ask') at='ask' ;;
            ' scan') at='scan' ;;
            ' cost') at='cost' ;;
            ' prep') at='prep' ;;
            ' models') at='models' ;;
            ' completion') at='completion' ;;
            ' local') at='local' ;;
            ' logs') at='logs' ;;
            'local list') at='local list' ;;
            'local pull') at='local pull' ;;
            'local serve') at='local serve' ;;
            'logs list') at='logs list' ;;
            'logs show') at='logs show' ;;
            'logs search') at='logs search' ;;
            'logs stats') at='logs stats' ;;
            'logs purge') at='logs purge' ;;
            'ask -m'|'ask --model'|'ask -d'|'ask --detail'|'ask -i'|'ask --image'|'ask -p'|'ask --prompt-file'|'ask -s'|'ask --system'|'ask --max-tokens'|'ask --temperature'|'ask --reasoning-effort'|'ask --service-tier'|'ask --max-side'|'ask --image-tokens'|'ask --crop'|'ask --redact'|'ask --quality'|'ask --max-pixels'|'ask --ledger'|'ask --max-cost'|'ask --confirm-above'|'ask --base-url'|'ask --api-key-env'|'ask --local'|'ask --profile'|'ask --timeout'|'ask --retries') skip=$word ;;
            'scan -m'|'scan --model'|'scan -d'|'scan --detail'|'scan -i'|'scan --image'|'scan -p'|'scan --prompt-file'|'scan -s'|'scan --system'|'scan --max-tokens'|'scan --temperature'|'scan --reasoning-effort'|'scan --service-tier'|'scan --max-side'|'scan --image-tokens'|'scan --crop'|'scan --redact'|'scan --quality'|'scan --max-pixels'|'scan --include'|'scan --exclude'|'scan --files-from'|'scan --limit'|'scan --sample'|'scan -j'|'scan --jobs'|'scan --rpm'|'scan --tpm'|'scan --ledger'|'scan -o'|'scan --output'|'scan -f'|'scan --format'|'scan --max-cost'|'scan --confirm-above'|'scan --base-url'|'scan --api-key-env'|'scan --local'|'scan --profile'|'scan --timeout'|'scan --retries') skip=$word ;;
            'cost -m'|'cost --model'|'cost -d'|'cost --detail'|'cost -i'|'cost --image'|'cost --question'|'cost -p'|'cost --prompt-file'|'cost -s'|'cost --system'|'cost --compare'|'cost --max-tokens'|'cost --service-tier'|'cost --max-side'|'cost --image-tokens'|'cost --crop'|'cost --redact'|'cost --quality'|'cost --include'|'cost --exclude'|'cost --ledger'|'cost --profile') skip=$word ;;
            'prep -o'|'prep --output'|'prep -m'|'prep --model'|'prep -d'|'prep --detail'|'prep -i'|'prep --image'|'prep --max-side'|'prep --image-tokens'|'prep --crop'|'prep --redact'|'prep --quality'|'prep --max-pixels'|'prep --include'|'prep --exclude'|'prep --profile') skip=$word ;;
            'models --ledger'|'models --profile') skip=$word ;;
            'logs list --limit'|'logs list -m'|'logs list --model'|'logs list --ledger'|'logs list --profile') skip=$word ;;
            'logs show --ledger'|'logs show --profile') skip=$word ;;
            'logs search --limit'|'logs search --ledger'|'logs search --profile') skip=$word ;;
            'logs stats --since'|'logs stats --ledger'|'logs stats --profile') skip=$word ;;
            'logs purge --older-than'|'logs purge -m'|'logs purge --model'|'logs purge --ledger'|'logs purge --profile') skip=$word ;;
        esac
    done
    if [[ $cur == "=" ]]; then skip=$prev; cur=""; fi
    if [[ -n $plain ]]; then return; fi
    if [[ -n $skip ]]; then
        case "$at $skip" in
            'ask -m'|'ask --model') words="gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare" ;;
            'ask -d'|'ask --detail') words="low high auto original" ;;
            'ask --reasoning-effort') words="none minimal low medium high xhigh max" ;;
            'ask --service-tier') words="auto default flex priority" ;;
            'ask --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b" ;;
            'scan -m'|'scan --model') words="gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare" ;;
            'scan -d'|'scan --detail') words="low high auto original" ;;
            'scan --reasoning-effort') words="none minimal low medium high xhigh max" ;;
            'scan --service-tier') words="auto default flex priority" ;;
            'scan --local') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b" ;;
            'cost -m'|'cost --model') words="gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare" ;;
            'cost -d'|'cost --detail') words="low high auto original" ;;
            'cost --service-tier') words="auto default flex priority" ;;
            'prep -o'|'prep --output')
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
                compopt -o filenames 2>/dev/null
                return ;;
            'prep -m'|'prep --model') words="gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare" ;;
            'prep -d'|'prep --detail') words="low high auto original" ;;
            'logs list -m'|'logs list --model') words="gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare" ;;
            'logs purge -m'|'logs purge --model') words="gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare" ;;
            *) return ;;
        esac
    elif [[ $cur == -* ]]; then
        case "$at" in
            '') words="-V --version -h --help" ;;
            'ask') words="-m --model -d --detail -i --image -p --prompt-file -s --system --max-tokens --temperature --reasoning-effort --service-tier --prompt-cache --max-side --image-tokens --crop --redact --no-resize --keep-metadata --quality --max-pixels --allow-truncated --pass-url --allow-private-urls --cache --no-cache --log --no-log --ledger -n --dry-run --max-cost --confirm-above -y --yes --base-url --api-key-env --local --profile --timeout --retries --stream --no-stream --raw -u --usage --json -q --quiet -v --verbose --debug --no-color -h --help" ;;
            'scan') words="-m --model -d --detail -i --image -p --prompt-file -s --system --max-tokens --temperature --reasoning-effort --service-tier --prompt-cache --max-side --image-tokens --crop --redact --no-resize --keep-metadata --quality --max-pixels --allow-truncated --pass-url --allow-private-urls -r --recursive --include --exclude --files-from -0 --null --limit --sample -j --jobs --rpm --tpm --retry-failed --cache --no-cache --log --no-log --ledger -o --output -f --format --sidecar -n --dry-run --max-cost --confirm-above -y --yes --base-url --api-key-env --local --profile --timeout --retries --progress --no-progress --raw --json -q --quiet -v --verbose --debug --no-color -h --help" ;;
            'cost') words="-m --model -d --detail -i --image --question -p --prompt-file -s --system --compare --max-tokens --service-tier --prompt-cache --max-side --image-tokens --crop --redact --no-resize --quality -r --recursive --include --exclude --allow-private-urls --calibrated --ledger --profile --json -q --quiet -v --verbose --debug --no-color -h --help" ;;
            'prep') words="-o --output -m --model -d --detail -i --image --max-side --image-tokens --crop --redact --no-resize --keep-metadata --quality --max-pixels --allow-truncated -r --recursive --include --exclude --allow-private-urls --profile --json -q --quiet -v --verbose --debug --no-color -h --help" ;;
            'models') words="--local --all --ledger --profile --json --no-color -h --help" ;;
            'completion') words="-h --help" ;;
            'local') words="-h --help" ;;
            'local list') words="--json -h --help" ;;
            'local pull') words="-q --quiet -h --help" ;;
            'local serve') words="-q --quiet -h --help" ;;
            'logs') words="-h --help" ;;
            'logs list') words="--limit -m --model --ledger --profile --json -q --quiet -h --help" ;;
            'logs show') words="--ledger --profile --raw --json -q --quiet -h --help" ;;
            'logs search') words="--limit --ledger --profile --json -q --quiet -h --help" ;;
            'logs stats') words="--since --ledger --profile --json -q --quiet -h --help" ;;
            'logs purge') words="--older-than -m --model --all -y --yes --ledger --profile --json -q --quiet -h --help" ;;
        esac
    else
        case "$at" in
            '') words="ask scan cost prep models completion local logs" ;;
            'models') words="gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare" ;;
            'completion') words="bash zsh fish powershell" ;;
            'local') words="list pull serve" ;;
            'local pull') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b" ;;
            'local serve') words="practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b" ;;
            'logs') words="list show search stats purge" ;;
        esac
    fi
    if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
complete -o bashdefault -o default -F _visionask visionask
